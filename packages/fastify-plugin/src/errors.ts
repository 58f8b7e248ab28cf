import createError from '@fastify/error'

/** The plugin was registered twice on one application. */
export const AlreadyRegisteredError = createError(
  'LIVESTORE_ALREADY_REGISTERED',
  'livestore is registered already',
  500,
)

/** The page's origin is neither the server's own nor listed in `origins`. */
export const OriginRefusedError = createError<[string]>(
  'LIVESTORE_ORIGIN_REFUSED',
  'origin %s is not allowed',
  403,
)

/** The upgrade offers no subprotocol that this server speaks. */
export const SubprotocolError = createError<[string]>(
  'LIVESTORE_SUBPROTOCOL',
  'here is a WebSocket: connect with one that offers the subprotocol %s',
  400,
)

/** The application is closing. */
export const ClosingError = createError('LIVESTORE_CLOSING', 'the server restarts', 503)

/** There are `maxConnections` connections already. */
export const TooManyConnectionsError = createError<[number]>(
  'LIVESTORE_TOO_MANY_CONNECTIONS',
  'there are %d connections already',
  503,
)

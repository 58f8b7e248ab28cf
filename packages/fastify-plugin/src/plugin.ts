import websocket from '@fastify/websocket'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import type { WebSocket } from 'ws'
import type { Clock, Definition, LiveValueTypes, Presence, PresenceTypes } from '@livestore-kv/core'
import { CloseCode, SUBPROTOCOL } from '@livestore-kv/core/protocol'
import type { Connection } from './connections/connection.ts'
import { isAllowedOrigin } from './connections/origin.ts'
import { WebSocketBytes } from './connections/web-socket-bytes.ts'
import { WebSocketTransport } from './connections/web-socket-transport.ts'
import { Countdown } from './countdown.ts'
import { Endpoint } from './endpoint.ts'
import {
  AlreadyRegisteredError,
  ClosingError,
  OriginRefusedError,
  SubprotocolError,
  TooManyConnectionsError,
} from './errors.ts'
import { membersOf, storeOf } from './livestore.ts'
import type { Livestore, RegisteredStores } from './livestore.ts'
import type { AnyLivestoreOptions } from './options/options.ts'
import { resolveOptions } from './options/resolve-options.ts'
import type { ResolvedOptions } from './options/resolve-options.ts'

declare module 'fastify' {
  interface FastifyInstance {
    livestore: Livestore
  }
}

/** How long a client may take to answer the goodbye before its socket is cut, in milliseconds. */
const GOODBYE_MS = 1_000

async function serve(app: FastifyInstance, options: AnyLivestoreOptions): Promise<void> {
  if (app.hasDecorator('livestore')) throw new AlreadyRegisteredError()
  const resolved = resolveOptions(options)
  const endpoint = new Endpoint({
    ...resolved.endpoint,
    onError: (error, request) => loggerOf(request, app).error(error, 'livestore'),
  })

  app.decorate('livestore', {
    // The application says by `LivestoreRegister` what it registers with; nobody else can know.
    stores: options.stores as RegisteredStores,
    get connectionCount() {
      return endpoint.connectionCount
    },
    stats: () => endpoint.stats(),
    revoke: (revocation) => endpoint.revoke(revocation),
    members: <P extends PresenceTypes>(presence: Presence<P>, key: string) =>
      membersOf(resolved.endpoint.stores, presence, key),
    store: <T extends LiveValueTypes>(definition: Definition<T>) =>
      storeOf(resolved.endpoint.stores, definition),
  })

  const sockets = new Set<WebSocket>()
  const bytes = new WebSocketBytes()
  // Before that of @fastify/websocket, which closes sockets without saying why.
  app.addHook('preClose', async () => {
    endpoint.drain()
    hangUpOnLateComers(app)
    await pause(resolved.endpoint.clock, resolved.drainMs)
    endpoint.close()
    await farewell(sockets, resolved)
  })
  if (!app.hasDecorator('websocketServer')) {
    await app.register(websocket, {
      options: {
        maxPayload: resolved.endpoint.limits.messageBytes,
        handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : ([...offered][0] ?? false)),
      },
      // What the socket itself finds wrong, it has answered with a close code already.
      errorHandler: (error, socket, request) => {
        request.log.debug(error, 'livestore: the socket failed')
        socket.close()
      },
    })
  }

  app.route({
    method: 'GET',
    ...resolved.route,
    url: resolved.url,
    websocket: true,
    preValidation: async (request: FastifyRequest) => {
      if (endpoint.isClosed) throw new ClosingError()
      // Sockets, not connections: one that takes its time to say goodbye still costs.
      if (sockets.size >= resolved.maxConnections) throw new TooManyConnectionsError(sockets.size)
      assertWelcome(request, resolved.origins)
    },
    handler: (socket: WebSocket, request: FastifyRequest) => {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
      const transport = new WebSocketTransport({ socket, stream: request.raw.socket, bytes })
      attach(socket, request, endpoint.accept(transport, request))
      // It came while the server was closing, and nobody waits for it.
      if (endpoint.isClosed) socket.terminate()
    },
  })
}

// The endpoint hands back what it was given: the request that a connection came with.
function loggerOf(request: unknown, app: FastifyInstance): FastifyInstance['log'] {
  return request === undefined ? app.log : (request as FastifyRequest).log
}

/** Connects a socket to the engine, in the tick in which it opened: no message is lost. */
function attach(socket: WebSocket, request: FastifyRequest, connection: Connection): void {
  // A message is text or binary, in pieces or not; with the default `binaryType` it comes as one Buffer.
  socket.on('message', (message: Buffer) => connection.receive(message))
  // The socket has answered it already.
  socket.on('ping', () => connection.control())
  socket.on('pong', () => connection.control())
  socket.on('close', (code) => {
    request.log.debug({ code }, 'livestore: a client left')
    connection.disconnected(code)
  })
  if (socket.protocol !== SUBPROTOCOL) {
    connection.close(CloseCode.subprotocolUnknown, `the subprotocol is not ${SUBPROTOCOL}`)
  }
}

function assertWelcome(request: FastifyRequest, origins: ReadonlySet<string>): void {
  const { origin, host, 'sec-websocket-protocol': offered = '' } = request.headers
  if (!isAllowedOrigin(origin, host, origins)) throw new OriginRefusedError(origin ?? '')
  const protocols = String(offered).split(',')
  if (!protocols.some((protocol) => protocol.trim() === SUBPROTOCOL)) throw new SubprotocolError(SUBPROTOCOL)
}

/**
 * Ends the sockets of those who come from now on. Fastify answers them with 503 by itself, before any hook, and would
 * then wait for them to hang up.
 */
function hangUpOnLateComers(app: FastifyInstance): void {
  app.server.on('upgrade', (_request, socket) => {
    setImmediate(() => socket.end(() => socket.destroy()))
  })
}

async function pause(clock: Clock, ms: number): Promise<void> {
  if (ms > 0) await new Promise<void>((resolve) => new Countdown(clock, resolve).start(ms))
}

/** Settles when every client has answered the goodbye; who does not is cut off. */
async function farewell(
  sockets: ReadonlySet<WebSocket>,
  { endpoint: { clock } }: ResolvedOptions,
): Promise<void> {
  const closed = [...sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve)))
  const patience = new Countdown(clock, () => {
    for (const socket of sockets) socket.terminate()
  })
  patience.start(GOODBYE_MS)
  await Promise.all(closed)
  patience.stop()
}

/** Serves stores over WebSockets, and decorates the application with them. */
export const livestore = fastifyPlugin(serve, { name: '@livestore-kv/fastify-plugin', fastify: '5.x' })

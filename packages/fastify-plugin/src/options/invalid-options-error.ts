/** An option is missing or wrong; the message names it. Fails the registration as an error of Fastify's does. */
export class InvalidOptionsError extends Error {
  override readonly name = 'FastifyError'
  readonly code = 'LIVESTORE_INVALID_OPTIONS'
  readonly statusCode = 500
}

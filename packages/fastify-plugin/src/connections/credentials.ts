import { CloseCode } from '@livestore-kv/core/protocol'
import { Countdown } from '../countdown.ts'
import type { EndpointOptions, Identity } from '../options/endpoint-options.ts'

/** What ran out so long ago, in milliseconds, nobody means. */
const LONG_AGO_MS = 365 * 24 * 3_600_000

export interface CredentialsOptions {
  readonly endpoint: EndpointOptions
  /** The client's software, as it names itself. */
  readonly client: string
  /** What the connection came with. */
  readonly request: unknown
  /** They are no good, or not any more. */
  readonly refused: (code: CloseCode, reason: string) => void
}

/** What one connection shows for whom it speaks for, until it runs out. */
export class Credentials {
  readonly #options: CredentialsOptions
  readonly #end: Countdown
  #userId: string | undefined
  #isOver = false

  constructor(options: CredentialsOptions) {
    const { endpoint, refused } = options
    this.#options = options
    this.#end = new Countdown(endpoint.clock, () =>
      refused(CloseCode.credentialsExpired, 'the credentials ran out'),
    )
  }

  /** Whom `token` stands for, from now until it runs out; `undefined` if it was refused. One user, once there is one. */
  async show(token: string | undefined): Promise<Identity<unknown> | undefined> {
    const { endpoint, client, request, refused } = this.#options
    let identity: unknown
    try {
      identity = await endpoint.authenticate({ token, client, request })
    } catch (error) {
      this.#fail(error)
      return undefined
    }
    if (this.#hasEnded()) return undefined
    if (!isIdentity(identity)) {
      // Nothing is a refusal; anything else is a slip.
      if (identity) this.#report(new TypeError('authenticate answered something without a string as userId'))
      refused(CloseCode.credentialsRefused, 'the credentials were refused')
      return undefined
    }
    if (this.#userId !== undefined && this.#userId !== identity.userId) {
      refused(CloseCode.userChanged, 'the credentials are of another user')
      return undefined
    }
    const expiresAt: unknown = identity.expiresAt ?? Infinity
    const leftMs = typeof expiresAt === 'number' ? expiresAt - endpoint.clock.now() : NaN
    if (Number.isNaN(leftMs))
      this.#report(new TypeError('authenticate answered an expiresAt that is no number'))
    else if (leftMs < -LONG_AGO_MS)
      this.#report(
        new TypeError('authenticate answered an expiresAt of long ago: it is in milliseconds, not seconds'),
      )
    // Nor does what is no number leave anything.
    if (!(leftMs > 0)) {
      refused(CloseCode.credentialsExpired, 'the credentials ran out')
      return undefined
    }
    this.#userId = identity.userId
    this.#end.stop()
    if (leftMs < Infinity) this.#end.start(leftMs)
    return identity
  }

  /** Nobody asks any more. */
  close(): void {
    this.#isOver = true
    this.#end.stop()
  }

  #hasEnded(): boolean {
    return this.#isOver
  }

  /**
   * An error that says it is the server's own leaves the credentials undecided: the client comes again. Any other refuses
   * them, and one with a status of 4xx means to.
   */
  #fail(error: unknown): void {
    const { refused } = this.#options
    const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined
    const code = typeof status === 'number' ? status : 0
    if (!(code >= 400 && code < 500)) this.#report(error)
    if (code >= 500) refused(CloseCode.credentialsExpired, 'the credentials could not be checked')
    else refused(CloseCode.credentialsRefused, 'the credentials were refused')
  }

  #report(error: unknown): void {
    const { endpoint, request } = this.#options
    endpoint.onError(error, request)
  }
}

// JavaScript answers `null`, `false` or a user without an id as readily.
function isIdentity(answer: unknown): answer is Identity<unknown> {
  return (
    typeof answer === 'object' && answer !== null && 'userId' in answer && typeof answer.userId === 'string'
  )
}

import type { Redis } from 'ioredis'
import type { RedisServer } from './redis-server.ts'

/** Connections that subscribe to one channel of a redis; each adds what it hears to one sum. */
export class RedisAudience {
  readonly #publisher: Redis
  readonly #channel: string
  readonly #size: number
  #told = 0
  #sum = 0
  #toHear = 0
  #allHaveHeard: (() => void) | undefined

  private constructor(publisher: Redis, channel: string, size: number) {
    this.#publisher = publisher
    this.#channel = channel
    this.#size = size
  }

  static async gather({ client }: RedisServer, size: number): Promise<RedisAudience> {
    const audience = new RedisAudience(client, `audience of ${size}`, size)
    for (let at = 0; at < size; at++) {
      const subscriber = client.duplicate()
      subscriber.on('message', (_channel: string, baz: string) => audience.#hear(Number(baz)))
      // Refused once the server has ended.
      subscriber.on('error', () => undefined)
      await subscriber.subscribe(audience.#channel)
      audience.#subscribers.push(subscriber)
    }
    return audience
  }

  readonly #subscribers: Redis[] = []

  /** One message, over when every connection has heard it. */
  async tell(): Promise<void> {
    this.#toHear = this.#size
    const heard = new Promise<void>((allHaveHeard) => (this.#allHaveHeard = allHaveHeard))
    await this.#publisher.publish(this.#channel, String(++this.#told))
    await heard
  }

  /** Ends its connections. @throws if somebody missed a message. */
  assertComplete(): void {
    for (const subscriber of this.#subscribers) subscriber.disconnect()
    const told = (this.#size * this.#told * (this.#told + 1)) / 2
    if (this.#sum !== told) throw new Error(`the connections heard ${this.#sum} and not ${told}`)
  }

  #hear(baz: number): void {
    this.#sum += baz
    if (--this.#toHear === 0) this.#allHaveHeard?.()
  }
}

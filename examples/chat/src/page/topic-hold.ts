import { ClientError } from '@livestore-kv/client'
import type { ClientStore, Guard } from '@livestore-kv/client'
import { topic } from '../definitions.ts'
import type { TopicTypes } from '../definitions.ts'

/** How long the topic shall stay ours unless the hold is renewed; the server may grant less. */
const LEASE_MS = 15_000

/** Holds a room's topic while its moderator edits it; whoever stops writing loses it when the lease ends. */
export class TopicHold {
  readonly #topics: ClientStore<TopicTypes>
  readonly #room: string
  /** Held, or asked for: a second request would wait for the first. */
  #guard: Promise<Guard<TopicTypes>> | undefined
  #isHeld = false
  #renewAt = 0

  constructor(topics: ClientStore<TopicTypes>, room: string) {
    this.#topics = topics
    this.#room = room
  }

  /** Whether it is ours, or asked for. */
  get isTaken(): boolean {
    return this.#guard !== undefined
  }

  /**
   * Takes the topic, and answers the guard that changes it.
   *
   * @throws ClientError `WAIT_TIMEOUT` if somebody else holds it.
   */
  take(): Promise<Guard<TopicTypes>> {
    return (this.#guard ??= this.#acquire())
  }

  /** Somebody is writing: keeps the hold, and takes it again if it was lost. */
  async keep(): Promise<void> {
    const guard = await this.take()
    // A hold of which two thirds are left needs no renewal.
    if (performance.now() < this.#renewAt) return
    this.#lent()
    await guard.renew(LEASE_MS)
  }

  /** Lets go of it, and of what is still on its way. */
  async release(): Promise<void> {
    const guard = this.#guard
    this.#drop()
    // Whoever asked for it hears why it could not be had.
    const held = await guard?.catch(() => undefined)
    await held?.release()
  }

  /** Nobody holds it any more; what is asked for is still on its way. */
  lose(): void {
    if (this.#isHeld) this.#drop()
  }

  #drop(): void {
    this.#guard = undefined
    this.#isHeld = false
  }

  #acquire(): Promise<Guard<TopicTypes>> {
    const asked = this.#topics.acquire(this.#room, { leaseMs: LEASE_MS, timeoutMs: 500 })
    const guard = asked.then((held) => {
      if (!held) throw new ClientError('NOT_FOUND', `${topic.name} has no entry ${this.#room}`)
      // It may have been let go meanwhile.
      if (this.#guard !== guard) return held
      this.#isHeld = true
      this.#lent()
      held.signal.addEventListener('abort', () => this.#over(guard))
      return held
    })
    guard.catch(() => this.#over(guard))
    return guard
  }

  #over(guard: Promise<Guard<TopicTypes>>): void {
    if (this.#guard === guard) this.#drop()
  }

  #lent(): void {
    this.#renewAt = performance.now() + LEASE_MS / 3
  }
}

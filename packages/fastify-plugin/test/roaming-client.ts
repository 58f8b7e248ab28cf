import type { Answers, ServerFrame, WireUpdate } from '@livestore-kv/core/protocol'
import type { MemoryClient } from './memory-client.ts'
import type { MemoryServer } from './memory-server.ts'

const store = 'note'

/** What became of a mutation, as its client knows it; `lost` = its session is gone, and nobody can say. */
export type Fate = { readonly type: 'answer'; readonly version: number } | { readonly type: 'error' | 'lost' }

/** How often what a run is about has happened. */
export class Journal {
  readonly counts = new Map<string, number>()
  /** What must never happen. */
  readonly faults: string[] = []

  count(event: string): void {
    this.counts.set(event, (this.counts.get(event) ?? 0) + 1)
  }
}

/** A client that watches one entry and changes it, while its connection comes and goes. */
export class RoamingClient {
  readonly fates = new Map<string, Fate>()
  readonly #server: MemoryServer
  readonly #name: string
  readonly #key: string
  readonly #journal: Journal
  /** Sent and not settled, by their mid; and the id under which they were sent last. */
  readonly #unsettled = new Map<number, { readonly text: string; readonly id: number }>()
  #link: MemoryClient | undefined
  #read = 0
  #session: string | undefined
  #topic: number | undefined
  #seq = 0
  #watching: number | undefined
  #known: { epoch: number; version: number } | undefined
  #mid = 0
  /** How many different mutations it has sent. */
  sent = 0

  constructor(server: MemoryServer, name: string, key: string, journal: Journal) {
    this.#server = server
    this.#name = name
    this.#key = key
    this.#journal = journal
  }

  get version(): number | undefined {
    return this.#known?.version
  }

  async connect(): Promise<void> {
    if (this.#link) return
    const positions = this.#topic === undefined ? [] : [{ topic: this.#topic, seq: this.#seq }]
    const session = this.#session === undefined ? {} : { session: this.#session, positions }
    this.#link = await this.#server.connect(this.#name, session)
    this.#read = 0
    this.#begin(this.#link.welcome)
    this.read()
  }

  mutate(text: string): void {
    if (!this.#link) return
    this.sent++
    this.#send(++this.#mid, text)
  }

  /** Stops reading: what comes from now on waits, and a cut loses it. */
  stall(): void {
    this.#link?.transport.pause()
  }

  resume(): void {
    this.#link?.transport.resume()
    this.read()
  }

  pong(): void {
    this.#link?.send({ type: 'pong' })
  }

  /** The network fails. What has arrived was read. */
  cut(): void {
    this.read()
    if (!this.#link) return
    this.#journal.count('cut')
    this.#link.cut()
    this.#link = undefined
    this.#watching = undefined
  }

  /** Reads what has arrived. */
  read(): void {
    for (const frame of this.#link?.frames.slice(this.#read) ?? []) {
      this.#read++
      this.#take(frame)
    }
  }

  #begin({ session, resumed, topics }: ServerFrame<'welcome'>): void {
    if (this.#session !== undefined) this.#journal.count(resumed ? 'resume' : 'new session')
    if (!resumed) {
      for (const { text } of this.#unsettled.values()) this.#settle(text, { type: 'lost' })
      this.#unsettled.clear()
      this.#mid = 0
    }
    this.#session = session
    if (this.#topic === undefined || !topics.includes(this.#topic)) {
      this.#topic = undefined
      this.#watching = this.#link?.post('watch', {
        store,
        key: this.#key,
        ...(this.#known && { from: this.#known }),
      })
    }
    for (const [mid, { text }] of this.#unsettled) {
      this.#journal.count('resend')
      this.#send(mid, text)
    }
  }

  #send(mid: number, text: string): void {
    const mutation = { type: 'write', text }
    const id = this.#link?.post('mutate', { store, key: this.#key, mutation, mid })
    if (id !== undefined) this.#unsettled.set(mid, { text, id })
  }

  #take(frame: ServerFrame): void {
    if (frame.type === 'update' && frame.topic === this.#topic) {
      if (frame.seq <= this.#seq && frame.update.type !== 'lagged' && frame.update.type !== 'snapshot') {
        this.#journal.faults.push(`${frame.update.type} ${frame.seq} was told after ${this.#seq}`)
      }
      this.#seq = frame.seq
      return this.#follow(frame.update)
    }
    if (frame.type === 'answer' && frame.id === this.#watching) {
      // What answers a watch.
      const { topic, seq, entry } = frame.result as Answers['watch']
      this.#topic = topic
      this.#seq = seq
      if (entry) this.#known = { epoch: entry.epoch, version: entry.version }
      return
    }
    if (!('id' in frame)) return
    for (const [mid, { text, id }] of this.#unsettled) {
      if (id !== frame.id) continue
      this.#unsettled.delete(mid)
      // What answers a mutation.
      const result = frame.type === 'answer' ? (frame.result as Answers['mutate']) : undefined
      this.#settle(text, result ? { type: 'answer', version: result.version } : { type: 'error' })
    }
  }

  #settle(text: string, fate: Fate): void {
    if (this.fates.has(text)) this.#journal.faults.push(`${text} was settled twice`)
    this.fates.set(text, fate)
  }

  #follow(update: WireUpdate): void {
    if (update.type === 'lagged' || update.type === 'snapshot') {
      this.#journal.count(update.type)
      const { epoch = 0, version = 0 } = update.entry ?? {}
      if (version < (this.version ?? 0)) this.#journal.faults.push(`${update.type} went back to ${version}`)
      this.#known = { epoch, version }
    }
    if (update.type !== 'mutate') return
    if (update.version !== (this.version ?? 0) + 1) {
      this.#journal.faults.push(`version ${update.version} was told after ${this.version}`)
    }
    this.#known = { epoch: update.epoch, version: update.version }
  }
}

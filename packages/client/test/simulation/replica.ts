import type { WebSocketLike } from '@livestore-kv/client'
import type { Answers, ServerFrame, WireUpdate } from '@livestore-kv/core/protocol'
import { ledger } from './ledger.ts'
import type { LedgerValue } from './ledger.ts'
import type { World } from './world.ts'

interface Known {
  readonly epoch: number
  readonly version: number
  readonly value: LedgerValue
}

const CONNECT_AGAIN_MS = 1_000
const LOOK_AGAIN_MS = 4_000
/** The server pings every 5 s. */
const SILENCE_MS = 15_000

/**
 * A client in another language, so to speak: it follows one entry by its mutations, and goes on from the position that
 * it knows, with its session or without.
 */
export class Replica {
  readonly name: string
  readonly key: string
  readonly #world: World
  #socket: WebSocketLike | undefined
  #timer: unknown
  #silence: unknown
  #session: string | undefined
  #topic: number | undefined
  #seq = 0
  #known: Known | undefined
  #lastId = 0
  #closed = false

  constructor(world: World, name: string, key: string) {
    this.name = name
    this.key = key
    this.#world = world
    this.#connect()
  }

  /** What it takes the entry to be; `undefined` if it knows of none. */
  get known(): Known | undefined {
    return this.#known
  }

  /** Forgets its session, as a page does that is loaded again, but not what it knows. */
  forget(): void {
    this.#session = undefined
    this.#lose()
  }

  close(): void {
    this.#closed = true
    this.#leave(1000)
  }

  #connect(): void {
    this.#leave()
    const socket = new this.#world.network.WebSocket('ws://memory/live', 'livestore.v1.json')
    this.#socket = socket
    socket.onopen = () => {
      const { name } = this
      const positions = this.#topic === undefined ? [] : [{ topic: this.#topic, seq: this.#seq }]
      const session = this.#session === undefined ? {} : { session: this.#session, positions }
      this.#send({ type: 'hello', client: name, token: name, ...session })
    }
    socket.onmessage = ({ data }: { readonly data: string }) => {
      this.#listen()
      // The server writes nothing but frames.
      for (const line of data.split('\n')) this.#take(JSON.parse(line) as ServerFrame)
    }
    socket.onclose = () => this.#lose()
    this.#listen()
  }

  #listen(): void {
    const { clock } = this.#world.network
    clock.clearTimeout(this.#silence)
    this.#silence = clock.setTimeout(() => this.#lose(), SILENCE_MS)
  }

  #lose(): void {
    this.#leave()
    this.#later(CONNECT_AGAIN_MS, () => this.#connect())
  }

  #leave(code?: number): void {
    const { clock } = this.#world.network
    clock.clearTimeout(this.#timer)
    clock.clearTimeout(this.#silence)
    const socket = this.#socket
    this.#socket = undefined
    if (!socket) return
    socket.onopen = socket.onmessage = socket.onclose = null
    socket.close(code)
  }

  #later(ms: number, act: () => void): void {
    const { clock, random } = this.#world.network
    clock.clearTimeout(this.#timer)
    if (!this.#closed) this.#timer = clock.setTimeout(act, random.below(ms))
  }

  #send(frame: object): void {
    this.#socket?.send(JSON.stringify(frame))
  }

  #watch(): void {
    this.#topic = undefined
    const from = this.#known && { epoch: this.#known.epoch, version: this.#known.version }
    this.#send({
      type: 'watch',
      id: ++this.#lastId,
      store: 'ledger',
      key: this.key,
      as: 'mutation',
      ...(from && { from }),
    })
  }

  #take(frame: ServerFrame): void {
    switch (frame.type) {
      case 'welcome': {
        const goesOn = this.#topic !== undefined && frame.resumed && frame.topics.includes(this.#topic)
        this.#session = frame.session
        return goesOn ? undefined : this.#watch()
      }
      case 'answer': {
        // It asks for nothing but to watch.
        const { topic, seq, entry } = frame.result as Answers['watch']
        this.#topic = topic
        this.#seq = seq
        return entry ? this.#know(entry as unknown as Known) : undefined
      }
      case 'error':
        // There is no such entry, for now.
        this.#known = undefined
        return this.#later(LOOK_AGAIN_MS, () => this.#watch())
      case 'update': {
        if (frame.topic !== this.#topic) return undefined
        this.#seq = frame.seq
        return this.#follow(frame.update)
      }
      case 'ping':
        return this.#send({ type: 'pong' })
      case 'drain':
      case 'refused':
        return undefined
    }
  }

  #follow(update: WireUpdate): void {
    const { journal } = this.#world
    if (update.type === 'mutation' && this.#known) {
      const result = ledger.mutate(
        { key: this.key, createdAt: 0, changedAt: 0, ...this.#known },
        // The server has accepted it.
        update.mutation as Parameters<typeof ledger.mutate>[1],
      )
      if (result.ok) this.#know({ ...update, value: result.value })
      else journal.fault(`${this.name} replays a mutation that is refused`)
      journal.count('replayed')
    } else if (update.type === 'overwrite') this.#know({ ...update, value: update.value as LedgerValue })
    else if (update.type === 'snapshot' || update.type === 'lagged') {
      if (update.entry) this.#know(update.entry as unknown as Known)
      if (update.type === 'snapshot') journal.count(`snapshot: ${update.reason}`)
    } else if (update.type === 'remove') {
      this.#known = undefined
      this.#later(LOOK_AGAIN_MS, () => this.#watch())
    } else if (update.type === 'mutate' || update.type === 'mutation') {
      journal.fault(`${this.name} was told ${update.type}`)
    }
  }

  #know({ epoch, version, value }: Known): void {
    this.#known = { epoch, version, value }
    if (this.#world.log.valueAt(epoch, version)?.chain !== value.chain) {
      this.#world.journal.fault(`${this.name} replays another value of version ${version}`)
    }
  }
}

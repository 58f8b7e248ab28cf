import type { Delivery, MemoryLink } from '@livestore-kv/client/testing'
import type { Answers, ClientFrame, ServerFrame, WireUpdate } from '@livestore-kv/core/protocol'
import type { Journal } from './journal.ts'

/** Where one client is in one topic, by what it was sent and nothing else. */
interface Reading {
  readonly type: 'watch' | 'watchStore'
  /** Through a view, versions may skip. */
  readonly view: string | undefined
  seq: number
  epoch: number
  version: number
  /** Where each listed entry is; `undefined` after a listing was told that it lags, until it is listed again. */
  listed?: Map<string, { readonly epoch: number; version: number }> | undefined
}

interface LinkLog {
  readonly client: ClientLog
  readonly hello: ClientFrame & { readonly type: 'hello' }
  readonly asked: Map<number, Asked>
}

type Asked = Exclude<ClientFrame, { readonly type: 'hello' | 'pong' }>

interface ClientLog {
  readonly name: string
  readings: Map<number, Reading>
  readonly mids: Set<number>
}

/** Reads along on every connection, and notices what the protocol does not allow, whatever a client makes of it. */
export class WireLog {
  readonly #journal: Journal
  readonly #links = new Map<MemoryLink, LinkLog>()
  readonly #clients = new Map<string, ClientLog>()

  constructor(journal: Journal) {
    this.#journal = journal
  }

  read({ link, from, message }: Delivery): void {
    for (const line of message.split('\n')) {
      // Both ends write nothing but frames.
      if (from === 'client') this.#readRequest(link, JSON.parse(line) as ClientFrame, line)
      else this.#readFrame(link, JSON.parse(line) as ServerFrame, line)
    }
  }

  #readRequest(link: MemoryLink, frame: ClientFrame, line: string): void {
    const who = frame.type === 'hello' ? frame.client : this.#links.get(link)?.client.name
    this.#journal.trace.add(`${who} ->`, line)
    if (frame.type === 'hello') {
      const name = frame.client
      const client = this.#clients.get(name) ?? { name, readings: new Map(), mids: new Set() }
      this.#clients.set(name, client)
      this.#links.set(link, { client, hello: frame, asked: new Map() })
      return
    }
    const log = this.#links.get(link)
    if (!log || frame.type === 'pong') return
    if (frame.type === 'unwatch') log.client.readings.delete(frame.topic)
    if ('mid' in frame && frame.mid !== undefined) {
      if (log.client.mids.has(frame.mid)) this.#journal.count(`resend of ${frame.type}`)
      log.client.mids.add(frame.mid)
    }
    log.asked.set(frame.id, frame)
  }

  #readFrame(link: MemoryLink, frame: ServerFrame, line: string): void {
    const log = this.#links.get(link)
    if (!log) return
    this.#journal.trace.add(`${log.client.name} <-`, line)
    switch (frame.type) {
      case 'welcome':
        return this.#welcome(log, frame)
      case 'answer':
      case 'refused':
      case 'error':
        return this.#settle(log, frame, line)
      case 'update': {
        const reading = log.client.readings.get(frame.topic)
        if (!reading) return undefined
        this.#assertHidden(log.client, reading.view, line)
        return this.#follow(log, frame, reading)
      }
      case 'ping':
      case 'drain':
        return undefined
    }
  }

  #welcome({ client, hello }: LinkLog, { resumed, topics }: ServerFrame<'welcome'>): void {
    if (hello.session !== undefined) this.#journal.count(resumed ? 'resume' : 'lost session')
    const known = client.readings
    client.readings = new Map()
    for (const { topic, seq } of resumed ? (hello.positions ?? []) : []) {
      const reading = known.get(topic)
      if (!reading || !topics.includes(topic)) continue
      if (reading.seq !== seq) this.#fault(client, `says that it read ${seq}, and has read ${reading.seq}`)
      client.readings.set(topic, reading)
    }
  }

  #settle(
    { client, asked }: LinkLog,
    frame: ServerFrame<'answer'> | ServerFrame<'refused'> | ServerFrame<'error'>,
    line: string,
  ): void {
    const request = asked.get(frame.id ?? 0)
    if (request === undefined)
      return this.#fault(client, `was answered once too often: ${JSON.stringify(frame)}`)
    asked.delete(frame.id ?? 0)
    if (frame.type === 'error') this.#journal.count(frame.code)
    if (frame.type === 'refused') this.#journal.count('refusal')
    if (frame.type !== 'answer' || (request.type !== 'watch' && request.type !== 'watchStore')) return
    // The protocol answers these requests so.
    const { topic, seq, entry } = frame.result as Answers['watch'] & Partial<Answers['watchStore']>
    const from = request.type === 'watch' ? request.from : undefined
    if (from) this.#journal.count('watch from')
    const { epoch, version } = entry ?? from ?? { epoch: 0, version: 0 }
    const { type, view } = request
    this.#assertHidden(client, view, line)
    if (view !== undefined) this.#journal.count(`${type === 'watch' ? type : 'listing'} through a view`)
    const reading: Reading = { type, view, seq, epoch, version }
    if (request.type === 'watchStore' && request.changes) {
      const { entries } = frame.result as Answers['watchStore']
      reading.listed = new Map(entries.map((each) => [each.key, { ...each }]))
    }
    client.readings.set(topic, reading)
  }

  #follow({ client }: LinkLog, { topic, seq, update }: ServerFrame<'update'>, reading: Reading): void {
    const { seq: before } = reading
    reading.seq = Math.max(seq, before)
    this.#journal.count(`told ${update.type}`)
    if (update.type === 'lagged') this.#lag(client, update, seq - before, reading)
    else if (update.type === 'snapshot') this.#start(client, update.entry, reading)
    else if (reading.type === 'watchStore') {
      if (seq <= before)
        this.#fault(client, `was told ${update.type} ${seq} of topic ${topic} after ${before}`)
      this.#list(client, update, reading)
    } else {
      if (seq !== before + 1)
        this.#fault(client, `was told ${update.type} ${seq} of topic ${topic} after ${before}`)
      this.#step(client, update, reading)
    }
  }

  #lag(client: ClientLog, { missed, entry }: WireUpdate<'lagged'>, skipped: number, reading: Reading): void {
    if (reading.type === 'watch' && missed !== skipped) {
      this.#fault(client, `was told that it missed ${missed}, and missed ${skipped}`)
    }
    if (entry) this.#start(client, entry, reading)
    reading.listed = undefined
  }

  #list(client: ClientLog, update: WireUpdate, { listed, view }: Reading): void {
    if (!listed) return
    if (update.type === 'create') listed.set(update.key, { epoch: update.epoch, version: update.version })
    else if (update.type === 'remove') listed.delete(update.key)
    else if (update.type === 'mutate' || update.type === 'overwrite') {
      const entry = listed.get(update.key)
      if (entry?.epoch !== update.epoch || !this.#isNext(update.version, entry.version, view))
        this.#fault(
          client,
          `was told version ${update.version} of an entry that it lists at ${entry?.version}`,
        )
      else entry.version = update.version
    }
  }

  #start(client: ClientLog, entry: { epoch: number; version: number }, reading: Reading): void {
    if (entry.epoch === reading.epoch && entry.version < reading.version) {
      this.#fault(client, `starts again at ${entry.version} after ${reading.version}`)
    }
    reading.epoch = entry.epoch
    reading.version = entry.version
  }

  #step(client: ClientLog, update: WireUpdate, reading: Reading): void {
    if (update.type !== 'mutate' && update.type !== 'mutation' && update.type !== 'overwrite') return
    if (!this.#isNext(update.version, reading.version, reading.view)) {
      this.#fault(client, `was told version ${update.version} after ${reading.version}`)
    }
    reading.version = update.version
  }

  /** A ledger's value has a chain, and what a view shows of it has none. */
  #assertHidden(client: ClientLog, view: string | undefined, line: string): void {
    if (view !== undefined && line.includes('"chain"')) this.#fault(client, `saw more than ${view}: ${line}`)
  }

  #isNext(version: number, before: number, view: string | undefined): boolean {
    if (view !== undefined && version > before + 1) this.#journal.count('skipped by a view')
    return view === undefined ? version === before + 1 : version > before
  }

  #fault({ name }: ClientLog, fault: string): void {
    this.#journal.fault(`on the wire: ${name} ${fault}`)
  }
}

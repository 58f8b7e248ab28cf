interface Dated {
  bar: number
  baz: number
  changedAt: number
}

/** What many write by hand: a `Map` that is gone through from end to end for what nobody has changed for a while. */
export class StaleMap {
  readonly #entries = new Map<string, Dated>()

  get size(): number {
    return this.#entries.size
  }

  init(key: string, bar: number, now: number): void {
    this.#entries.set(key, { bar, baz: 1, changedAt: now })
  }

  setBaz(key: string, baz: number, now: number): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) throw new Error(`no entry ${key}`)
    entry.baz = baz
    entry.changedAt = now
  }

  /** Deletes what was not changed after `oldest`, all in one go. */
  sweep(oldest: number): void {
    for (const [key, { changedAt }] of this.#entries) if (changedAt <= oldest) this.#entries.delete(key)
  }
}

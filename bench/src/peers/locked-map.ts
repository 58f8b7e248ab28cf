import { Mutex } from 'async-mutex'

interface Foo {
  readonly bar: number
  readonly baz: number
}

interface Locked {
  readonly mutex: Mutex
  value: Foo
}

/** What many write by hand: a `Map` whose values are changed under an `async-mutex` each. */
export class LockedMap {
  readonly #entries = new Map<string, Locked>()

  init(key: string, value: Foo): void {
    this.#entries.set(key, { mutex: new Mutex(), value })
  }

  read(key: string): Foo {
    return this.#get(key).value
  }

  write(key: string, value: Foo): void {
    this.#get(key).value = value
  }

  mutex(key: string): Mutex {
    return this.#get(key).mutex
  }

  setBar(key: string, bar: number): Promise<Foo> {
    const entry = this.#get(key)
    return entry.mutex.runExclusive(() => (entry.value = { bar, baz: entry.value.baz }))
  }

  #get(key: string): Locked {
    const entry = this.#entries.get(key)
    if (entry === undefined) throw new Error(`no entry ${key}`)
    return entry
  }
}

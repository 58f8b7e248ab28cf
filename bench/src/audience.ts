import type { Store } from '@livestore-kv/actors'
import type { Update } from '@livestore-kv/core'
import type { FooTypes } from './foo.ts'

/** Everybody who watches one entry; each adds a field of every update to one sum. */
export class Audience {
  readonly #store: Store<FooTypes>
  readonly #key: string
  #size = 0
  #mutations = 0
  #sum = 0
  #toRead = 0
  #allHaveRead: (() => void) | undefined

  constructor(store: Store<FooTypes>, key: string) {
    this.#store = store
    this.#key = key
  }

  listen(): void {
    this.#size++
    this.#store.watch(this.#key)?.onUpdate((update) => this.#add(update))
  }

  read(): void {
    this.#size++
    void this.#readAll()
  }

  mutate(): Promise<unknown> {
    return this.#store.mutate(this.#key, { type: 'setBaz', baz: ++this.#mutations })
  }

  /** One mutation, over when every reader has taken it. */
  async mutateAndWait(): Promise<void> {
    this.#toRead = this.#size
    const read = new Promise<void>((allHaveRead) => (this.#allHaveRead = allHaveRead))
    await this.mutate()
    await read
  }

  /** @throws if somebody missed an update. */
  assertComplete(): void {
    const told = (this.#size * this.#mutations * (this.#mutations + 1)) / 2
    if (Math.abs(this.#sum - told) > told * 1e-9)
      throw new Error(`the watchers were told ${this.#sum} and not ${told}`)
  }

  async #readAll(): Promise<void> {
    for await (const update of this.#store.watch(this.#key) ?? []) {
      this.#add(update)
      if (--this.#toRead === 0) this.#allHaveRead?.()
    }
  }

  #add(update: Update<FooTypes>): void {
    if (update.type === 'mutate') this.#sum += update.new.value.baz
  }
}

/** Work that is done in rounds, one at a time: all who ask before a round begins share it. */
export class Rounds<A> {
  readonly #run: (asked: readonly A[]) => Promise<void>
  #last: Promise<void> = Promise.resolve()
  /** The round that has not begun yet. */
  #next: { readonly asked: A[]; readonly over: Promise<void> } | undefined

  constructor(run: (asked: readonly A[]) => Promise<void>) {
    this.#run = run
  }

  /** Takes part in the next round, and fails with it. */
  ask(what: A): Promise<void> {
    this.#next ??= this.#announce()
    this.#next.asked.push(what)
    return this.#next.over
  }

  #announce(): { readonly asked: A[]; readonly over: Promise<void> } {
    const asked: A[] = []
    const over = this.#last.then(() => {
      this.#next = undefined
      return this.#run(asked)
    })
    this.#last = over.catch(() => undefined)
    return { asked, over }
  }
}

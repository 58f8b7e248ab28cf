/** Something that tells its listeners that it changed. */
export interface Changing {
  tellChange(): void
}

/** Holds back the news of changes until all that belongs together has been taken in: one message, one telling. */
export class ChangeBatch {
  readonly #changed = new Set<Changing>()
  #depth = 0

  /** Runs `work`, and then tells what changed in it, each once. */
  run(work: () => void): void {
    this.#depth++
    try {
      work()
    } finally {
      if (--this.#depth === 0) {
        for (const changing of this.#changed) {
          this.#changed.delete(changing)
          changing.tellChange()
        }
      }
    }
  }

  changed(changing: Changing): void {
    this.run(() => this.#changed.add(changing))
  }
}

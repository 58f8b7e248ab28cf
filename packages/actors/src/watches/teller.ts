/**
 * Tells watchers what happened, one telling at a time and in the order of the changes: what a listener
 * asks for is told after the current update has reached everyone (run to completion).
 */
export class Teller {
  readonly #queue: (() => void)[] = []
  #telling = false

  /** Whether somebody is being told something right now. */
  get telling(): boolean {
    return this.#telling
  }

  /** Runs `task` now, or after the tasks that came before it. A task must not throw. */
  enqueue(task: () => void): void {
    this.#queue.push(task)
    if (this.#telling) return
    this.#telling = true
    this.#tell()
  }

  /** What `task` answers; whatever it asks for is told after it, and before this returns unless more is being told. */
  settle<R>(task: () => R): R {
    if (this.#telling) return task()
    this.#telling = true
    try {
      return task()
    } finally {
      this.#tell()
    }
  }

  #tell(): void {
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) next()
    this.#telling = false
  }
}

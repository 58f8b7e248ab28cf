import type { AnyMachineSnapshot, Observer } from 'xstate'
import type { LiveValueTypes } from '@livestore-kv/core'
import type { StoreContext } from '../store-context.ts'

/** Who wants the snapshots of a machine. */
export type SnapshotListener = Partial<Observer<AnyMachineSnapshot>>

/** Those who want the snapshots of one machine, told in the store's one order. */
export class SnapshotListeners {
  readonly #listening = new Set<{ readonly listener: SnapshotListener }>()

  /** Answers a function that removes `listener`. */
  add(listener: SnapshotListener): () => void {
    const listening = { listener }
    this.#listening.add(listening)
    return () => void this.#listening.delete(listening)
  }

  /** Calls `tell` with each, after everything that happened so far was told. */
  tell<T extends LiveValueTypes>(
    context: StoreContext<T>,
    tell: (listener: SnapshotListener) => unknown,
  ): void {
    context.teller.enqueue(() => {
      for (const { listener } of this.#listening) context.call(tell, listener)
    })
  }

  /** Calls `tell` with each, and with none of them again: what it tells of is the end. */
  end<T extends LiveValueTypes>(
    context: StoreContext<T>,
    tell: (listener: SnapshotListener) => unknown,
  ): void {
    this.tell(context, tell)
    context.teller.enqueue(() => this.#listening.clear())
  }
}

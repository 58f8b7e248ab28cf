import type { ServerFrame } from '@livestore-kv/core/protocol'
import { encoded } from '../connections/encoded-frame.ts'

/** The frame that settles a request, whatever id the request was sent under. */
export type Settlement = (id: number) => ServerFrame

/** What becomes of one numbered request, for everybody who asks: it is settled once, and then stays so. */
export class Outcome {
  /** Gives the request up while it waits. */
  readonly abort = new AbortController()
  readonly #listeners: ((settlement: Settlement) => void)[] = []
  #settlement: Settlement | undefined
  #bytes = 0

  get isSettled(): boolean {
    return this.#settlement !== undefined
  }

  /** Bytes of what is answered. */
  get bytes(): number {
    return this.#bytes
  }

  /** Calls `listener` with the outcome, at once where there is one. */
  tell(listener: (settlement: Settlement) => void): void {
    if (this.#settlement) listener(this.#settlement)
    else this.#listeners.push(listener)
  }

  settle(settlement: Settlement): void {
    if (this.#settlement) return
    this.#settlement = settlement
    this.#bytes = sizeOf(settlement)
    for (const listener of this.#listeners.splice(0)) listener(settlement)
  }
}

function sizeOf(settlement: Settlement): number {
  try {
    const frame = settlement(0)
    // Where a mutation led is a few numbers, and asked for most: it is not encoded once more.
    const isSmall = frame.type === 'answer' && 'changedAt' in frame.result
    return isSmall ? 0 : encoded(frame).byteLength
  } catch {
    // It is reported when it is told.
    return 0
  }
}

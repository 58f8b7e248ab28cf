/** A server whose connections all hear the same. */
export interface Broadcaster {
  readonly port: number
  /** Tells everybody `text`. */
  tell(text: string): void
}

/** What is told to a server's connections, byte by byte the same for every server that can choose. */
export interface Telling {
  readonly topic: number
  readonly seq: number
  readonly update: {
    readonly type: 'mutate'
    readonly key: string
    readonly epoch: number
    readonly version: number
    readonly value: { readonly text: string }
    readonly changedAt: number
    readonly expiresAt: null
  }
}

/** The only entry that is watched. */
export const KEY = '0b6ddf6e-63c7-4b0c-9b37-6a1b7a4f0f5e'

/** Tellings as Livestore's frames hold them, for the peers: the same fields of the same lengths. */
export class Tellings {
  #seq = 0

  next(text: string): Telling {
    const seq = ++this.#seq
    const update = {
      type: 'mutate',
      key: KEY,
      // As many digits as most epochs have.
      epoch: 2_000_000_000,
      version: seq + 1,
      value: { text },
      changedAt: Date.now(),
      expiresAt: null,
    } as const
    return { topic: 1, seq, update }
  }
}

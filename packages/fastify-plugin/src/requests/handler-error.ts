import type { AnyLiveStore } from '@livestore-kv/core'

/** What a definition's own code threw: nothing that a client should hear of, though it be a StoreError. */
export class HandlerError extends Error {
  override readonly name = 'HandlerError'

  constructor(cause: unknown) {
    super('the code of a definition threw', { cause })
  }
}

/** What `ask` answers; what the definition of `store` threw meanwhile is a {@link HandlerError}. */
export async function handled<R>({ definition }: AnyLiveStore, ask: () => R): Promise<Awaited<R>> {
  try {
    return await ask()
  } catch (error) {
    throw definition.threw?.(error) ? new HandlerError(error) : error
  }
}

import type { AnyLiveStore } from '@livestore-kv/core'

// Those that are no call of the contract, or that answer something else than a promise on every engine.
const PLAIN = new Set<PropertyKey>(['definition', 'keys', 'entries', 'onExpire'])

/**
 * `store` as an engine on another machine would answer: every call takes a few turns of the event loop, on the way
 * there and on the way back, and calls never overtake each other.
 */
export function slowStore<S extends AnyLiveStore>(store: S): AnyLiveStore {
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  return new Proxy(store, {
    get(target, name) {
      // Members of a store are called with the store itself, which has private fields.
      const member: unknown = Reflect.get(target, name, target)
      if (typeof member !== 'function') return member
      if (PLAIN.has(name)) return member.bind(target)
      return async (...args: unknown[]) => {
        await turn()
        const answer: unknown = await member.apply(target, args)
        await turn()
        return answer
      }
    },
  })
}

import type { EntryKey, InputOf, LiveValueTypes } from '@livestore-kv/core'
import type { StoreContext } from '../store-context.ts'
import type { EntryActor } from './entry-actor.ts'

/** Makes the actors of one store: those of a hosted kind of value have a life of their own. */
export interface Host<T extends LiveValueTypes> {
  createActor(context: StoreContext<T>, key: EntryKey, input: InputOf<T>): EntryActor<T>
  /** Freezes of a value what its host does not write to. */
  freeze<V>(value: V): V
}

/** How a hosted definition makes its store. */
export const makeStore = Symbol('makeStore')

/** A definition that brings its own class of store, and options of its own. */
export interface HostedDefinition<TStore, TOptions> {
  readonly [makeStore]: (options: TOptions | undefined) => TStore
}

export function isHosted(definition: unknown): definition is HostedDefinition<unknown, unknown> {
  return typeof definition === 'object' && definition !== null && makeStore in definition
}

/**
 * The types of one kind of live value, bundled so that everything else takes a single type parameter.
 * Users extend nothing: they write an interface of this shape and hand it to {@link defineValue}.
 */
export interface LiveValueTypes {
  /** Names the kind: in the registry, on the wire, in dumps and in metrics. */
  name: string
  /** What is stored. Treated as immutable; it comes out as `DeepReadonly`. */
  value: unknown
  /** What asks the value to change, told apart by `type`; `never` where unused. */
  mutation: { type: string }
  /** What is told to watchers and changes nothing, told apart by `type`; `never` where unused. */
  message: { type: string }
  /** Why a mutation may be refused; `never` where it cannot be. */
  error: unknown
  /** What a new entry is made of, where that is not its value. */
  input?: unknown
  /** What an entry is overwritten with, where that is not its value: a state that was saved. */
  saved?: unknown
  /** What an entry that completes leaves behind, where it does. */
  output?: unknown
  /**
   * What each view of the value shows, by the view's name: `{ hand: { cards: Card[] } }`. The server says how it is made,
   * and for whom. Leave it out where every reader sees the whole value.
   */
  views?: object
  /**
   * Names the fields of mutations and messages that the server fills in (`prepare`): `'author' | 'at'`. A client sends
   * them without; a handler always has them. Leave it out where nothing is stamped.
   */
  stamped?: string
}

type Primitive = string | number | boolean | bigint | symbol | null | undefined

/** A list some place of which is sure to be there: no optional, and not only a rest. */
type Placed = readonly [unknown, ...unknown[]] | readonly [...unknown[], unknown]

/** `T` with every property, element, map entry and set member readonly, at any depth. */
export type DeepReadonly<T> = T extends Primitive | ((...args: never[]) => unknown) | Date
  ? T
  : T extends ReadonlyMap<infer K, infer V>
    ? ReadonlyMap<DeepReadonly<K>, DeepReadonly<V>>
    : T extends ReadonlySet<infer M>
      ? ReadonlySet<DeepReadonly<M>>
      : T extends readonly (infer E)[]
        ? number extends T['length']
          ? T extends Placed
            ? { readonly [P in keyof T]: DeepReadonly<T[P]> }
            : ReadonlyList<E>
          : { readonly [P in keyof T]: DeepReadonly<T[P]> }
        : T extends object
          ? { readonly [P in keyof T]: DeepReadonly<T[P]> }
          : T

/** `readonly E[]`, deeply readonly. An interface, which is looked into only where it is used: JSON is made of JSON. */
export interface ReadonlyList<E> extends ReadonlyArray<DeepReadonly<E>> {}

/** A value of the kind `T` as it comes out of a store. */
export type ValueOf<T extends LiveValueTypes> = DeepReadonly<T['value']>

/** `Payload` without what the server stamps on it. */
export type Unstamped<T extends LiveValueTypes, Payload> = T extends { stamped: infer Field extends string }
  ? Payload extends unknown
    ? Omit<Payload, Field>
    : never
  : Payload

/** A mutation of the kind `T`. */
export type MutationOf<T extends LiveValueTypes> = DeepReadonly<T['mutation']>

/** What a new entry of the kind `T` is made of: its value, unless the kind says otherwise. */
export type InputOf<T extends LiveValueTypes> = T extends { input: infer TInput } ? TInput : ValueOf<T>

/** What an entry of the kind `T` is overwritten with: its value, unless the kind says otherwise. */
export type SavedOf<T extends LiveValueTypes> = T extends { saved: infer TSaved } ? TSaved : ValueOf<T>

/** What a client may make a new entry of the kind `T` of: JSON has no `undefined`, even where the input may be left out. */
export type SentInputOf<T extends LiveValueTypes> = Exclude<InputOf<T>, undefined | void>

/** What a client may overwrite an entry of the kind `T` with: its value; `never` where the kind is hosted. */
export type SentSavedOf<T extends LiveValueTypes> = T extends { input: unknown } | { saved: unknown }
  ? never
  : ValueOf<T>

/** What an entry of the kind `T` leaves behind when it completes. */
export type OutputOf<T extends LiveValueTypes> = T extends { output: infer TOutput } ? TOutput : undefined

/** A message of the kind `T`. */
export type MessageOf<T extends LiveValueTypes> = DeepReadonly<T['message']>

/** A mutation of the kind `T` as a client sends it. */
export type SentMutationOf<T extends LiveValueTypes> = Unstamped<T, MutationOf<T>>

/** A message of the kind `T` as a client sends it. */
export type SentMessageOf<T extends LiveValueTypes> = Unstamped<T, MessageOf<T>>

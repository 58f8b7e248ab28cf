import type {
  AnyLiveStore,
  Awaitable,
  DeepReadonly,
  EntryKey,
  InputOf,
  LiveValueTypes,
  MessageOf,
  MutationOf,
  PlaceTypes,
  PresenceTypes,
  SentMessageOf,
  SentMutationOf,
  TypesOf,
} from '@livestore-kv/core'

/** The types of the presence whose places have the types `T`. */
export type PresenceOf<T> = T extends PlaceTypes<infer P> ? P : never

/** What a stamp knows besides the payload. */
export interface StampContext<U> {
  readonly user: U
  readonly userId: string
  /** The server's clock, in milliseconds since 1970. */
  readonly now: number
  /** A new UUID, for whatever needs a name that no client chose. */
  readonly id: string
}

/** Stamps what a client must not choose (author, time, ids) on what it sent, before the mailbox sees it. */
export interface Stamps<T extends LiveValueTypes, U> {
  /**
   * For `init`, where there is no key yet, `create`, `insert` and `assign`. Of a hosted kind it is given the input, and answers
   * it; no client assigns one.
   */
  readonly value?: (
    input: StampContext<U> & { readonly key?: EntryKey; readonly value: InputOf<T> },
  ) => Awaitable<InputOf<T>>
  readonly mutation?: (
    input: StampContext<U> & { readonly key: EntryKey; readonly mutation: SentMutationOf<T> },
  ) => Awaitable<MutationOf<T>>
  readonly message?: (
    input: StampContext<U> & { readonly key: EntryKey; readonly message: SentMessageOf<T> },
  ) => Awaitable<MessageOf<T>>
}

/** Says who a member of a place is: what a client cannot claim of itself. */
export interface PlaceStamps<P extends PresenceTypes, U> {
  readonly who: (
    input: StampContext<U> & { readonly key: EntryKey; readonly state: DeepReadonly<P['state']> },
  ) => Awaitable<DeepReadonly<P['who']>>
}

type StampsOf<T, U> = T extends { presence: PresenceTypes }
  ? PlaceStamps<PresenceOf<T>, U>
  : T extends LiveValueTypes
    ? Stamps<T, U>
    : never

/** The stamps of each store, by its name; each kind of presence has to have one. */
export type Prepare<S extends AnyLiveStore, U> = {
  readonly [N in TypesOf<S>['name']]?: StampsOf<Extract<TypesOf<S>, { name: N }>, U>
}

type Carries<Payload, Field> = Payload extends unknown
  ? [Extract<keyof Payload, Field>] extends [never]
    ? never
    : true
  : never

/** What of the kind `T` only the server can complete: what carries a `stamped` field, and who a member is. */
type StampedKind<T extends LiveValueTypes> = T extends { presence: PresenceTypes }
  ? 'who'
  : T extends { stamped: infer Field }
    ? | ([Carries<T['mutation'], Field>] extends [never] ? never : 'mutation')
      | ([Carries<T['message'], Field>] extends [never] ? never : 'message')
    : never

type StampedName<T extends LiveValueTypes> = T extends LiveValueTypes
  ? [StampedKind<T>] extends [never]
    ? never
    : T['name']
  : never

/** The stamps that cannot be left out: without them, handlers would miss fields that their types have. */
export type NeededStamps<S extends AnyLiveStore, U> = [StampedName<TypesOf<S>>] extends [never]
  ? unknown
  : { readonly prepare: { readonly [N in StampedName<TypesOf<S>>]: StampsNeededBy<TypesOf<S>, N, U> } }

type StampsNeededBy<T extends LiveValueTypes, N, U> =
  Extract<T, { name: N }> extends infer One extends LiveValueTypes
    ? { readonly [K in StampedKind<One>]: NonNullable<(Stamps<One, U> & PlaceStamps<PresenceOf<One>, U>)[K]> }
    : never

import type {
  AnyLiveStore,
  DeepReadonly,
  LiveValueTypes,
  MessageOf,
  TypesOf,
  ValueOf,
  ViewNameOf,
  ViewsOf,
} from '@livestore-kv/core'

/** What some users see of a value, in place of the whole. Each function answers at once. */
export interface View<T extends LiveValueTypes, V extends ViewNameOf<T>, U> {
  /**
   * Who sees the same: users of one group share what is computed, and its bytes. Asked whenever a user watches, lists or fetches,
   * and when fresh credentials come.
   *
   * @default everybody does
   */
  readonly group?: (user: U) => string
  /**
   * What the group sees: computed once for each version, while the change is told, and told only if it differs from the
   * last. Pure; what it answers is not to be changed later.
   */
  readonly select: (value: ValueOf<T>, group: string) => DeepReadonly<ViewsOf<T>[V]>
  /**
   * What the group hears of a message; `undefined` = nothing.
   *
   * @default it hears nothing
   */
  readonly message?: (message: MessageOf<T>, group: string) => MessageOf<T> | undefined
}

/** The views of each store, by its name: all of those that its types declare. */
export type Views<S extends AnyLiveStore, U> = {
  readonly [N in TypesOf<S>['name']]?: ViewsOfStore<Extract<TypesOf<S>, { name: N }>, U>
}

type ViewsOfStore<T extends LiveValueTypes, U> = { readonly [V in ViewNameOf<T>]: View<T, V, U> }

type ViewedName<T extends LiveValueTypes> = T extends LiveValueTypes
  ? [ViewNameOf<T>] extends [never]
    ? never
    : T['name']
  : never

/** The views that cannot be left out: without them, clients could not see what their types let them ask for. */
export type NeededViews<S extends AnyLiveStore, U> = [ViewedName<TypesOf<S>>] extends [never]
  ? unknown
  : {
      readonly views: {
        readonly [N in ViewedName<TypesOf<S>>]: ViewsOfStore<Extract<TypesOf<S>, { name: N }>, U>
      }
    }

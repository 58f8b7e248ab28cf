import { RequestError } from '../request-error.ts'

/** A view of values of any kind, as the application wrote it down. */
export interface AnyView {
  readonly group?: (user: unknown) => unknown
  readonly select: (value: unknown, group: string) => unknown
  readonly message?: (message: unknown, group: string) => unknown
}

/** The views of each store, by its name and theirs. */
export type ViewsByStore = ReadonlyMap<string, ReadonlyMap<string, AnyView>>

/** What the views of the stores make of values, and for whom. */
export class Views {
  readonly #views: ViewsByStore
  readonly #onError: (error: unknown) => void

  constructor(views: ViewsByStore, onError: (error: unknown) => void) {
    this.#views = views
    this.#onError = onError
  }

  /** Whether there are users who see only part of the values of `store`. */
  areOf(store: string): boolean {
    return this.#views.has(store)
  }

  /** @throws RequestError `UNKNOWN_VIEW` */
  assert(store: string, name: string): void {
    this.#find(store, name)
  }

  /**
   * A view as `user` sees it.
   *
   * @throws RequestError `UNKNOWN_VIEW`, and `INTERNAL` if the application cannot say in which group the user is.
   */
  of(store: string, name: string, user: unknown): GroupView {
    const view = this.#find(store, name)
    const failed = this.#failure(store, name)
    const group = view.group ? called(() => view.group?.(user), failed) : ''
    // A forgotten `return` must not bring everybody together.
    if (typeof group !== 'string') throw failed(new TypeError(`the group of a view of ${store} is no string`))
    return new GroupView(name, group, view, failed)
  }

  #find(store: string, name: string): AnyView {
    const view = this.#views.get(store)?.get(name)
    if (view) return view
    throw new RequestError('UNKNOWN_VIEW', `${store} has no view ${JSON.stringify(name.slice(0, 64))}`)
  }

  /** What the application threw is for the log; whoever asked learns which view it was. */
  #failure(store: string, name: string): Failure {
    return (error) => {
      this.#onError(error)
      return new RequestError('INTERNAL', `the view ${JSON.stringify(name)} of ${store} failed`)
    }
  }
}

type Failure = (error: unknown) => RequestError

/** A view as one group of users sees it: the same for all of them. */
export class GroupView {
  readonly name: string
  /** Tells it from every other view, and the same view of every other group, of the same store. */
  readonly id: string
  readonly #group: string
  readonly #view: AnyView
  readonly #failed: Failure

  constructor(name: string, group: string, view: AnyView, failed: Failure) {
    this.name = name
    this.id = JSON.stringify([name, group])
    this.#group = group
    this.#view = view
    this.#failed = failed
  }

  /**
   * What the group sees of `value`.
   *
   * @throws RequestError `INTERNAL` if the application fails.
   */
  of(value: unknown): unknown {
    return called(() => this.#view.select(value, this.#group), this.#failed)
  }

  /** What the group hears of `message`; `undefined` = nothing, and so it is where the application fails. */
  hear(message: unknown): unknown {
    const { message: tell } = this.#view
    if (message === undefined || tell === undefined) return undefined
    try {
      return called(() => tell(message, this.#group), this.#failed)
    } catch {
      return undefined
    }
  }
}

function called(call: () => unknown, failed: Failure): unknown {
  let answer: unknown
  try {
    answer = call()
  } catch (error) {
    throw failed(error)
  }
  if (!(answer instanceof Promise)) return answer
  // Nobody waits for it, and a rejection that nobody hears ends the process.
  answer.catch(() => undefined)
  throw failed(new TypeError('a view answers at once, and not with a promise'))
}

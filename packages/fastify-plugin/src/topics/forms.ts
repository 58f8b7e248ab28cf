import type { WatchForm } from '@livestore-kv/core/protocol'
import type { EntryForm, Happening } from './entry-form.ts'
import type { Subscriber } from './topic.ts'
import type { GroupView } from './views.ts'

/** The forms in which somebody wants to be told of the same, each once. */
export class Forms<S extends Subscriber> implements Iterable<EntryForm<S>> {
  readonly #open: (wanted: WatchForm | GroupView) => EntryForm<S>
  readonly #byId = new Map<string, EntryForm<S>>()

  /** `open` makes a form that nobody wanted before. */
  constructor(open: (wanted: WatchForm | GroupView) => EntryForm<S>) {
    this.#open = open
  }

  /** A form to be subscribed to; it is forgotten when nobody is any more. */
  as(wanted: WatchForm | GroupView): EntryForm<S> {
    const id = idOf(wanted)
    const form = this.#byId.get(id) ?? this.#open(wanted)
    this.#byId.set(id, form)
    return form
  }

  /** The form of `view`, if somebody wanted it. */
  get(view: GroupView): EntryForm<S> | undefined {
    return this.#byId.get(view.id)
  }

  tell(happening: Happening): void {
    for (const form of this) form.tell(happening)
  }

  /** Forgets the forms that nobody is subscribed to; answers whether there is another. */
  tidy(): boolean {
    for (const [id, { topic }] of this.#byId) if (topic.size === 0) this.#byId.delete(id)
    return this.#byId.size > 0
  }

  /** Everybody who is subscribed; nobody is any more. */
  clear(): readonly S[] {
    return [...this].flatMap(({ topic }) => topic.clear())
  }

  [Symbol.iterator](): IterableIterator<EntryForm<S>> {
    return this.#byId.values()
  }
}

function idOf(wanted: WatchForm | GroupView): string {
  return typeof wanted === 'string' ? wanted : wanted.id
}

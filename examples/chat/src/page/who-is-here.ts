import type { Place, PlaceMember, PlaceState } from '@livestore-kv/client'
import type { HereTypes, Person } from '../definitions.ts'
import { paintAvatar } from './avatar.ts'
import { byId, copyOf, within } from './element.ts'

/** Somebody in a room, in however many windows. */
export interface Present extends Person {
  readonly isSelf: boolean
}

/** Each person once, in the order in which they came, by the name that they gave last. */
export function presentAmong(members: readonly PlaceMember<HereTypes>[]): Present[] {
  const present = new Map<string, Present>()
  for (const { userId, who, isSelf } of members) {
    const before = present.get(userId)
    present.set(userId, { id: userId, name: who.name, isSelf: isSelf || before?.isSelf === true })
  }
  return [...present.values()]
}

/** More than so many lines of people are a crowd. */
const LINES = 2

/** Shows who is in a room, and is in it itself until it is left. */
export class WhoIsHere {
  readonly #place: Place<HereTypes>
  readonly #list = byId('here', HTMLUListElement)
  readonly #more = byId('here-more', HTMLButtonElement)
  #items: readonly HTMLLIElement[] = []

  constructor(place: Place<HereTypes>, signal: AbortSignal) {
    this.#place = place
    this.#list.replaceChildren()
    this.#unfold(false)
    this.#more.addEventListener('click', () => this.#unfold(!this.#isUnfolded), { signal })
    const resized = new ResizeObserver(() => this.#count())
    resized.observe(this.#list)
    signal.addEventListener('abort', () => resized.disconnect())
    place.onChange((state) => this.#show(state))
    signal.addEventListener('abort', () => place.close())
    this.enter()
  }

  /** Comes in, or says by which name we go now. */
  enter(): void {
    // Whoever finds no place in the list of a crowd reads and talks all the same.
    this.#place.enter(null).catch(() => undefined)
  }

  #show({ status, members }: PlaceState<HereTypes>): void {
    if (status === 'closed') return
    this.#list.classList.toggle('stale', status === 'stale')
    this.#items = presentAmong(members).map(itemOf)
    this.#list.replaceChildren(...this.#items)
    this.#count()
  }

  get #isUnfolded(): boolean {
    return this.#list.classList.contains('all')
  }

  #unfold(isUnfolded: boolean): void {
    this.#list.classList.toggle('all', isUnfolded)
    this.#more.setAttribute('aria-expanded', String(isUnfolded))
    this.#count()
  }

  /** Says how many have no place in the first lines. */
  #count(): void {
    const lines = [...new Set(this.#items.map((item) => item.offsetTop))]
    const more = this.#items.filter((item) => lines.indexOf(item.offsetTop) >= LINES).length
    this.#more.hidden = more === 0
    this.#more.textContent = this.#isUnfolded ? 'Fewer' : `+${more} more`
  }
}

function itemOf(person: Present): HTMLLIElement {
  const item = copyOf('here-item', HTMLLIElement)
  paintAvatar(within(item, '.avatar', HTMLSpanElement), person)
  within(item, '.here-name', HTMLSpanElement).textContent = person.name
  within(item, '.here-self', HTMLSpanElement).hidden = !person.isSelf
  return item
}

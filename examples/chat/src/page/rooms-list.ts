import type { Listing } from '../definitions.ts'
import { byId, copyOf, within } from './element.ts'
import { pathOf } from './route.ts'
import { isolated } from './wording.ts'

/** The rooms that there are, as links, in the order of their names. */
export class RoomsList {
  readonly #list = byId('rooms', HTMLUListElement)
  readonly #empty = byId('rooms-empty', HTMLParagraphElement)
  readonly #items = new Map<string, HTMLLIElement>()

  show(listings: readonly Listing[], current: string | undefined): void {
    const rooms = new Set(listings.map(({ room }) => room))
    for (const [room, item] of this.#items) {
      if (rooms.has(room)) continue
      item.remove()
      this.#items.delete(room)
    }
    const byName = [...listings].sort((a, b) => a.name.localeCompare(b.name))
    for (const [index, listing] of byName.entries()) {
      const item = this.#itemOf(listing, listing.room === current)
      const there = this.#list.children[index]
      // Only what stands elsewhere moves: the focus would not survive it.
      if (there !== item) this.#list.insertBefore(item, there ?? null)
    }
    this.#empty.hidden = listings.length > 0
  }

  #itemOf({ room, name, moderator }: Listing, isCurrent: boolean): HTMLLIElement {
    const item = this.#items.get(room) ?? copyOf('room-item', HTMLLIElement)
    this.#items.set(room, item)
    const link = within(item, 'a', HTMLAnchorElement)
    link.href = pathOf(room)
    if (isCurrent) link.setAttribute('aria-current', 'page')
    else link.removeAttribute('aria-current')
    within(item, '.rooms-name', HTMLSpanElement).textContent = name
    within(item, '.rooms-moderator', HTMLSpanElement).textContent = `by ${isolated(moderator.name)}`
    return item
  }
}

import { foldName } from '../text.ts'

/**
 * Texts that were written and not sent, by room; they outlive a reconnect and a reload of the page. When a room goes,
 * they wait for another of its name.
 */
export class Drafts {
  readonly #storage: Storage

  constructor(storage: Storage) {
    this.#storage = storage
  }

  get(room: string): string {
    return this.#storage.getItem(slot(room)) ?? ''
  }

  set(room: string, draft: string): void {
    this.#put(slot(room), draft)
  }

  /** The room that was called `name` is gone. */
  leave(room: string, name: string): void {
    this.#move(slot(room), slotOf(name))
  }

  /** There is a room of that name. */
  enter(room: string, name: string): void {
    this.#move(slotOf(name), slot(room))
  }

  #move(from: string, to: string): void {
    const drafts = [to, from].map((each) => this.#storage.getItem(each))
    this.#put(from, '')
    this.#put(to, drafts.filter(Boolean).join('\n'))
  }

  #put(slot: string, draft: string): void {
    if (draft === '') this.#storage.removeItem(slot)
    else this.#storage.setItem(slot, draft)
  }
}

function slot(room: string): string {
  return `draft:${room}`
}

function slotOf(name: string): string {
  return `draft of:${foldName(name)}`
}

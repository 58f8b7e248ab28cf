/** Texts that were written and not sent, by room; they outlive a reconnect and a reload of the page. */
export class Drafts {
  readonly #storage: Storage

  constructor(storage: Storage) {
    this.#storage = storage
  }

  get(room: string): string {
    return this.#storage.getItem(`draft:${room}`) ?? ''
  }

  set(room: string, draft: string): void {
    if (draft === '') this.#storage.removeItem(`draft:${room}`)
    else this.#storage.setItem(`draft:${room}`, draft)
  }

  /** What was written in a room that is gone is not lost. */
  move(from: string, to: string): void {
    const draft = this.get(from)
    this.set(from, '')
    if (draft !== '') this.set(to, draft)
  }
}

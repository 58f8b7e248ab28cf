import { createKey } from '@livestore-kv/client'
import type { SentMutationOf } from '@livestore-kv/client'
import { LIMITS } from '../definitions.ts'
import type { RoomTypes } from '../definitions.ts'
import type { Chat } from './chat.ts'
import { GONE, wordsFor, wordsForError } from './wording.ts'

/** What a person does in a room. */
type Change = Exclude<SentMutationOf<RoomTypes>, { type: 'pace' }>

/** A change of ours that the server has not confirmed. */
export interface Unconfirmed {
  /** The message that it changes; a new one has an id of the page's own until the server names it. */
  readonly id: string
  readonly change: Change
  /** By the server's clock, in milliseconds since 1970. */
  readonly at: number
  /** Why it was not carried out, in words; without, it is on its way. */
  readonly flaw?: string
}

const LEFT = 'The page was left before this was sent for certain.'

/**
 * What was done in a room and is not confirmed: shown at once, sent as soon as there is a connection, and kept with the
 * reason when it is refused, until its author tries again or discards it. It outlives a reload of the page.
 */
export class Outbox {
  readonly #chat: Chat
  readonly #room: string
  readonly #storage: Storage
  readonly #all: Map<string, Unconfirmed>
  /** Hears of every change of what is in here. */
  onChange: () => void = () => undefined

  constructor(chat: Chat, room: string, storage: Storage) {
    this.#chat = chat
    this.#room = room
    this.#storage = storage
    // What is stored there was written by `#keep`.
    const left = JSON.parse(storage.getItem(this.#slot) ?? '[]') as Unconfirmed[]
    this.#all = new Map(left.map((each) => [each.id, { ...each, flaw: LEFT }]))
  }

  get unconfirmed(): ReadonlyMap<string, Unconfirmed> {
    return this.#all
  }

  post(text: string): void {
    void this.#send(createKey(), { type: 'post', text })
  }

  edit(id: string, text: string): void {
    void this.#send(id, { type: 'edit', id, text })
  }

  delete(id: string): void {
    void this.#send(id, { type: 'delete', id })
  }

  retry(id: string): void {
    const refused = this.#all.get(id)
    if (refused) void this.#send(id, refused.change)
  }

  discard(id: string): void {
    this.#all.delete(id)
    this.#keep()
  }

  /** Gives up: the texts that were not confirmed, for whoever wants to write them elsewhere. */
  empty(): string[] {
    const texts = [...this.#all.values()].flatMap(({ change }) =>
      change.type === 'delete' ? [] : change.text,
    )
    this.#all.clear()
    this.#keep()
    return texts
  }

  async #send(id: string, change: Change): Promise<void> {
    const sent: Unconfirmed = { id, change, at: this.#chat.client.now() }
    this.#all.set(id, sent)
    this.#keep()
    const flaw = await this.#flawOf(sent)
    // It was given up meanwhile.
    if (this.#all.get(id) !== sent) return
    if (flaw === undefined) this.#all.delete(id)
    else this.#all.set(id, { ...sent, flaw })
    this.#keep()
  }

  async #flawOf({ id, change }: Unconfirmed): Promise<string | undefined> {
    try {
      const optimistic = { ...change, stamp: this.#chat.stamp(id) }
      const result = await this.#chat.rooms.mutate(this.#room, change, { optimistic })
      if (result?.ok) return undefined
      if (!result) return GONE
      const isAsWished = change.type === 'delete' && result.error === 'no-such-message'
      return isAsWished ? undefined : wordsFor(result.error, LIMITS.text)
    } catch (error) {
      return wordsForError(error)
    }
  }

  #keep(): void {
    const texts = [...this.#all.values()].filter(({ change }) => change.type !== 'delete')
    if (texts.length === 0) this.#storage.removeItem(this.#slot)
    else this.#storage.setItem(this.#slot, JSON.stringify(texts))
    this.onChange()
  }

  get #slot(): string {
    return `outbox:${this.#room}`
  }
}

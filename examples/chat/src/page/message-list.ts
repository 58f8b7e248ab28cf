import type { ValueOf } from '@livestore-kv/client'
import type { ChatMessage, Person, RoomTypes } from '../definitions.ts'
import type { Chat } from './chat.ts'
import { dayName, isSameDay } from './day.ts'
import { byId } from './element.ts'
import { MessageItem } from './message-item.ts'
import type { Outbox } from './outbox.ts'

/** Messages of one author within so many milliseconds stand under one head. */
const GROUP_MS = 300_000
/** Whoever is so near to the end, in pixels, is reading the end. */
const END_PX = 60

export interface MessageListOptions {
  readonly chat: Chat
  readonly outbox: Outbox
  /** What was being written into a message that is gone. */
  readonly onUnsaved: (text: string) => void
  readonly signal: AbortSignal
}

/** What was said, oldest first, and after it what is not confirmed; it follows the newest message while its end is in sight. */
export class MessageList {
  readonly #options: MessageListOptions
  readonly #scroller = byId('scroller', HTMLDivElement)
  readonly #list = byId('messages', HTMLOListElement)
  readonly #empty = byId('messages-empty', HTMLDivElement)
  readonly #dropped = byId('dropped', HTMLParagraphElement)
  readonly #newer = byId('newer', HTMLButtonElement)
  readonly #items = new Map<string, MessageItem>()
  #messages: readonly ChatMessage[] = []
  #atEnd = true

  constructor(options: MessageListOptions) {
    this.#options = options
    const { signal } = options
    this.#list.replaceChildren()
    this.#newer.hidden = true
    this.#scroller.addEventListener('scroll', () => this.#scrolled(), { signal, passive: true })
    this.#newer.addEventListener('click', () => this.#toEnd(), { signal })
    // A phone's keyboard, a taller draft or a turned screen hide the end of what somebody reads.
    const resized = new ResizeObserver(() => {
      if (this.#atEnd) this.#toEnd()
    })
    resized.observe(this.#scroller)
    signal.addEventListener('abort', () => resized.disconnect())
  }

  show({ messages: said, dropped }: ValueOf<RoomTypes>): void {
    const messages = [...said, ...this.#unsaid(said)]
    const newest = messages.at(-1)
    const isNew = newest !== undefined && !this.#items.has(newest.id)
    const isOwn = newest?.author.id === this.#options.chat.me.id
    this.#messages = said
    this.#forget(messages)
    for (const [index, message] of messages.entries()) this.#place(index, message, messages[index - 1])

    this.#empty.hidden = messages.length > 0
    this.#dropped.hidden = dropped === 0
    this.#dropped.textContent = `${dropped} earlier ${dropped === 1 ? 'message' : 'messages'} made place for newer ones.`
    if (this.#atEnd || (isNew && isOwn)) this.#toEnd()
    else if (isNew) this.#newer.hidden = false
  }

  /** Opens the newest message of one's own to be edited. */
  editLast(): void {
    const { chat, outbox } = this.#options
    const last = this.#messages
      .filter(({ id, author }) => author.id === chat.me.id && !outbox.unconfirmed.has(id))
      .at(-1)
    if (last) this.#items.get(last.id)?.edit()
  }

  /** Texts of ours in no message that is told or predicted: refused ones, and those on their way when the room was left. */
  #unsaid(said: readonly ChatMessage[]): ChatMessage[] {
    const { chat, outbox } = this.#options
    const ids = new Set(said.map(({ id }) => id))
    return [...outbox.unconfirmed.values()].flatMap(({ id, change, at }) =>
      change.type === 'delete' || ids.has(id) ? [] : { id, author: chat.me, text: change.text, postedAt: at },
    )
  }

  #forget(messages: readonly ChatMessage[]): void {
    const there = new Set(messages.map(({ id }) => id))
    const isConfirmed = (item: MessageItem): ChatMessage | undefined =>
      messages.find((message) => !this.#items.has(message.id) && item.isForeseen(message))
    for (const [id, item] of this.#items) {
      if (there.has(id)) continue
      this.#items.delete(id)
      // The server has named it: it stays where it is, and is not read out again.
      const confirmed = isConfirmed(item)
      if (confirmed) this.#items.set(confirmed.id, item)
      else this.#drop(item)
    }
  }

  #drop({ element, unsaved }: MessageItem): void {
    element.remove()
    if (unsaved !== '') this.#options.onUnsaved(unsaved)
  }

  #place(index: number, message: ChatMessage, before: ChatMessage | undefined): void {
    const { chat, outbox, signal } = this.#options
    const isOwn = message.author.id === chat.me.id
    const item = this.#items.get(message.id) ?? new MessageItem(message, { isOwn, outbox, signal })
    this.#items.set(message.id, item)
    const { postedAt } = message
    const opensDay = !before || !isSameDay(before.postedAt, postedAt)
    item.show(message, {
      unconfirmed: outbox.unconfirmed.get(message.id),
      // A room is open for as long as it is talked in: the name of the day is seldom old.
      day: opensDay ? dayName(postedAt, chat.client.now()) : '',
      follows: !opensDay && isSame(before.author, message.author) && postedAt - before.postedAt < GROUP_MS,
    })
    const there = this.#list.children[index]
    if (there !== item.element) this.#list.insertBefore(item.element, there ?? null)
  }

  #toEnd(): void {
    this.#scroller.scrollTop = this.#scroller.scrollHeight
    this.#newer.hidden = true
  }

  #scrolled(): void {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller
    this.#atEnd = scrollHeight - scrollTop - clientHeight < END_PX
    if (this.#atEnd) this.#newer.hidden = true
  }
}

/** Whether two are one, by one name. */
function isSame(one: Person, other: Person): boolean {
  return one.id === other.id && one.name === other.name
}

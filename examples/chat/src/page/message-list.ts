import type { ChatMessage, RoomTypes } from '../definitions.ts'
import type { ValueOf } from '@livestore-kv/core'
import { byId } from './element.ts'
import { MessageItem } from './message-item.ts'
import type { MessageActions } from './message-item.ts'

/** Messages of one author within so many milliseconds stand under one head. */
const GROUP_MS = 300_000
/** Whoever is so near to the end, in pixels, is reading the end. */
const END_PX = 60

export interface MessageListOptions {
  readonly me: string
  readonly actions: MessageActions
  readonly signal: AbortSignal
}

/** What was said, oldest first; it follows the newest message while its end is in sight. */
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

  show({ messages, dropped }: ValueOf<RoomTypes>): void {
    const newest = messages.at(-1)
    const isNew = newest !== undefined && !this.#items.has(newest.id)
    this.#messages = messages
    this.#forget(new Set(messages.map(({ id }) => id)))
    for (const [index, message] of messages.entries()) this.#place(index, message, messages[index - 1])

    this.#empty.hidden = messages.length > 0
    this.#dropped.hidden = dropped === 0
    this.#dropped.textContent = `${dropped} earlier ${dropped === 1 ? 'message' : 'messages'} made place for newer ones.`
    if (this.#atEnd || newest?.author.id === this.#options.me) this.#toEnd()
    else if (isNew) this.#newer.hidden = false
  }

  /** Opens the newest message of one's own to be edited. */
  editLast(): void {
    const last = this.#messages.filter(({ author }) => author.id === this.#options.me).at(-1)
    if (last) this.#items.get(last.id)?.edit()
  }

  #forget(ids: ReadonlySet<string>): void {
    for (const [id, item] of this.#items) {
      if (ids.has(id)) continue
      item.element.remove()
      this.#items.delete(id)
    }
  }

  #place(index: number, message: ChatMessage, before: ChatMessage | undefined): void {
    const { me, actions, signal } = this.#options
    const item =
      this.#items.get(message.id) ??
      new MessageItem(message, { isOwn: message.author.id === me, actions, signal })
    this.#items.set(message.id, item)
    const follows = before?.author.id === message.author.id && message.postedAt - before.postedAt < GROUP_MS
    item.show(message, follows)
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

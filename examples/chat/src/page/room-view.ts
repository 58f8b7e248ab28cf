import type { Mirror, MirrorState, SentMessageOf } from '@livestore-kv/client'
import { DIRECTORY_KEY, LIMITS } from '../definitions.ts'
import type { Listing, Person, RoomTypes } from '../definitions.ts'
import type { Chat } from './chat.ts'
import { Composer } from './composer.ts'
import { Countdown } from './countdown.ts'
import type { Drafts } from './drafts.ts'
import { byId } from './element.ts'
import { InlineEditor } from './inline-editor.ts'
import { LifeBar } from './life-bar.ts'
import { MessageList } from './message-list.ts'
import type { Outbox } from './outbox.ts'
import { TopicBar } from './topic-bar.ts'
import { TypingLine } from './typing-line.ts'
import { WhoIsHere } from './who-is-here.ts'
import { wordsFor } from './wording.ts'

/** A sign of life is worth nothing later, in milliseconds. */
const SIGN_MS = 4_000

export interface RoomViewOptions {
  readonly chat: Chat
  readonly room: string
  readonly drafts: Drafts
  readonly outbox: Outbox
  /** The room is there, or it is not. */
  readonly onState: (state: MirrorState<RoomTypes>) => void
}

/** One room on the screen: follows its entry and its topic's, and sends what is done here. */
export class RoomView {
  readonly #options: RoomViewOptions
  readonly #ended = new AbortController()
  readonly #mirror: Mirror<RoomTypes>
  readonly #name = byId('room-name', HTMLHeadingElement)
  readonly #nameEdit = byId('name-edit', HTMLButtonElement)
  readonly #countdown: Countdown
  readonly #composer: Composer
  readonly #typing: TypingLine
  readonly #who: WhoIsHere
  readonly #topic: TopicBar
  readonly #life: LifeBar
  #goodbye: Person | undefined
  #list: MessageList | undefined
  #paintTimer: ReturnType<typeof setTimeout> | undefined

  constructor(options: RoomViewOptions) {
    this.#options = options
    const { chat, room: key, drafts, outbox } = options
    const { signal } = this.#ended
    const now = (): number => chat.client.now()
    this.#typing = new TypingLine(now, signal)
    this.#countdown = new Countdown({
      now,
      onStay: () => this.#tell({ type: 'stay' }),
      signal,
    })
    this.#composer = new Composer({
      draft: drafts.get(key),
      onDraft: (draft) => drafts.set(key, draft),
      onTyping: () => this.#tell({ type: 'typing' }),
      onRecall: () => this.#list?.editLast(),
      send: (text) => outbox.post(text),
      signal,
    })
    this.#editName()
    this.#copyLink()

    this.#topic = new TopicBar(chat, key, signal)
    this.#life = new LifeBar(chat, key, signal)
    this.#who = new WhoIsHere(chat.placeOf(key), signal)
    this.#mirror = chat.rooms.watch(key, { signal })
    this.#mirror.onChange((state) => this.#show(state))
    this.#mirror.onUpdate((update) => {
      if (update.type !== 'message' && update.type !== 'remove') return
      const { message } = update
      if (message?.type === 'goodbye') this.#goodbye = message.closedBy
      if (message?.type === 'typing' && message.by.id !== chat.me.id)
        this.#typing.start(message.by, message.at)
    })
    outbox.onChange = () => this.#paintSoon()
  }

  get room(): string {
    return this.#options.room
  }

  /** Who closed the room, if somebody did. */
  get goodbye(): Person | undefined {
    return this.#goodbye
  }

  focus(): void {
    // Where there is a keyboard; a phone would put one in front of what there is to read.
    if (matchMedia('(hover: hover)').matches) this.#composer.focus()
    else this.#name.focus()
  }

  /** Shows what the directory says of the room. */
  showListing({ name, moderator }: Listing): void {
    this.#name.textContent = name
    this.#topic.showModerator(moderator)
    this.#life.showModerator(moderator)
    this.#nameEdit.hidden = moderator.id !== this.#options.chat.me.id
  }

  /** Has the others see by which name we go now. */
  introduce(): void {
    this.#who.enter()
  }

  close(): void {
    this.#options.outbox.onChange = () => undefined
    this.#ended.abort()
    clearTimeout(this.#paintTimer)
  }

  #show(state: MirrorState<RoomTypes>): void {
    const { onState } = this.#options
    this.#countdown.show(state.expiresAt)
    // What was said before is in its place when the room appears: only what is new is read out.
    if (this.#list) this.#paintSoon()
    else this.#paint()
    onState(state)
  }

  /** Once for a change and the answer to it: what was on its way and what became of it are one message. */
  #paintSoon(): void {
    this.#paintTimer ??= setTimeout(() => this.#paint())
  }

  #paint(): void {
    this.#paintTimer = undefined
    const { chat, outbox } = this.#options
    const { entry } = this.#mirror
    if (!entry) return
    // Whose messages are whose is only known from the server's welcome on.
    this.#list ??= new MessageList({
      chat,
      outbox,
      onUnsaved: (text) => this.#composer.adopt(text),
      signal: this.#ended.signal,
    })
    const { messages, slowMs } = entry.value
    this.#typing.follow(messages)
    this.#life.showPace(slowMs)
    const hadFocus = document.activeElement !== document.body
    this.#list.show(entry.value)
    // It was in a message that is gone.
    if (hadFocus && document.activeElement === document.body) this.focus()
  }

  #tell(message: SentMessageOf<RoomTypes>): void {
    const { chat, room: key } = this.#options
    // Nobody misses one that was not told.
    chat.rooms.broadcast(key, message, { signal: AbortSignal.timeout(SIGN_MS) }).catch(() => undefined)
  }

  #editName(): void {
    const { chat, room: key } = this.#options
    const { signal } = this.#ended
    const editor = new InlineEditor({
      form: byId('name-form', HTMLFormElement),
      field: byId('name-input', HTMLInputElement),
      flaw: byId('name-flaw', HTMLParagraphElement),
      shown: byId('name-shown', HTMLDivElement),
      opener: this.#nameEdit,
      save: async (name) => {
        chat.assertOnline()
        const result = await chat.directory.mutate(DIRECTORY_KEY, { type: 'rename', room: key, name })
        return !result || result.ok ? undefined : wordsFor(result.error, LIMITS.roomName)
      },
      signal,
    })
    this.#nameEdit.addEventListener('click', () => editor.open(this.#name.textContent ?? ''), { signal })
  }

  #copyLink(): void {
    const button = byId('copy-link', HTMLButtonElement)
    const copy = async (): Promise<void> => {
      await navigator.clipboard.writeText(location.href)
      button.textContent = 'Copied'
      setTimeout(() => (button.textContent = 'Copy link'), 2_000)
    }
    button.addEventListener(
      'click',
      () => void copy().catch(() => prompt('The link of this room', location.href)),
      {
        signal: this.#ended.signal,
      },
    )
  }
}

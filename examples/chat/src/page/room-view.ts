import { directory, DIRECTORY_KEY, LIMITS, room, topic } from '../definitions.ts'
import type { Listing, RoomTypes, TopicTypes, Unstamped } from '../definitions.ts'
import { Composer } from './composer.ts'
import type { Connection } from './connection.ts'
import { Countdown } from './countdown.ts'
import type { Drafts } from './drafts.ts'
import { byId } from './element.ts'
import { InlineEditor } from './inline-editor.ts'
import { LiveEntry } from './live-entry.ts'
import type { LiveState } from './live-entry.ts'
import { MessageList } from './message-list.ts'
import { TopicBar } from './topic-bar.ts'
import { TypingLine } from './typing-line.ts'
import { wordsFor, wordsForError } from './wording.ts'

export interface RoomViewOptions {
  readonly connection: Connection
  readonly room: string
  readonly drafts: Drafts
  /** The room is there, or it is not. */
  readonly onState: (state: LiveState<RoomTypes>) => void
}

/** One room on the screen: follows its entry and its topic's, and sends what is done here. */
export class RoomView {
  readonly #options: RoomViewOptions
  readonly #ended = new AbortController()
  readonly #entry: LiveEntry<RoomTypes>
  readonly #topic: LiveEntry<TopicTypes>
  readonly #name = byId('room-name', HTMLHeadingElement)
  readonly #nameEdit = byId('name-edit', HTMLButtonElement)
  readonly #countdown: Countdown
  readonly #composer: Composer
  #list: MessageList | undefined
  readonly #typing: TypingLine

  constructor(options: RoomViewOptions) {
    this.#options = options
    const { connection, room: key, drafts } = options
    const { signal } = this.#ended
    const topicBar = new TopicBar(connection, key, signal)
    this.#typing = new TypingLine(signal)
    this.#countdown = new Countdown({
      now: () => connection.now(),
      onStay: () => this.#tell({ type: 'stay' }),
      signal,
    })
    this.#composer = new Composer({
      draft: drafts.get(key),
      onDraft: (draft) => drafts.set(key, draft),
      onTyping: () => this.#tell({ type: 'typing' }),
      onRecall: () => this.#list?.editLast(),
      send: (text) => this.#change({ type: 'post', text }),
      signal,
    })
    this.#editName()
    this.#copyLink()

    this.#entry = new LiveEntry(connection, room, key, {
      onState: (state) => this.#show(state),
      onMessage: (message) => {
        if (message.type === 'typing' && message.by.id !== connection.user) this.#typing.start(message.by)
      },
    })
    this.#topic = new LiveEntry(connection, topic, key, { onState: (state) => topicBar.show(state) })
  }

  get room(): string {
    return this.#options.room
  }

  focus(): void {
    // Where there is a keyboard; a phone would put one in front of what there is to read.
    if (matchMedia('(hover: hover)').matches) this.#composer.focus()
    else this.#name.focus()
  }

  /** Shows what the directory says of the room. */
  showListing({ name, moderator }: Listing): void {
    this.#name.textContent = name
    this.#nameEdit.hidden = moderator.id !== this.#options.connection.user
  }

  close(): void {
    this.#ended.abort()
    this.#entry.close()
    this.#topic.close()
  }

  #show(state: LiveState<RoomTypes>): void {
    const { connection, onState } = this.#options
    this.#countdown.show(state.status === 'live' ? state.expiresAt : undefined)
    if (state.status === 'live') {
      // Whose messages are whose is only known from the server's welcome on.
      this.#list ??= this.#createList(connection.user)
      const newest = state.value.messages.at(-1)
      if (newest) this.#typing.stop(newest.author.id)
      this.#list.show(state.value)
    }
    // What was said before is in its place when the room appears: only what is new is read out.
    onState(state)
  }

  #createList(me: string): MessageList {
    return new MessageList({
      me,
      actions: {
        edit: (id, text) => this.#change({ type: 'edit', id, text }),
        delete: (id) => this.#change({ type: 'delete', id }).catch(wordsForError),
      },
      signal: this.#ended.signal,
    })
  }

  /** Answers why the room did not change, in words. */
  async #change(mutation: Unstamped<RoomTypes['mutation']>): Promise<string | undefined> {
    const result = await this.#options.connection.mutate(room, this.room, mutation)
    return result.ok ? undefined : wordsFor(result.error, LIMITS.text)
  }

  #tell(message: Pick<RoomTypes['message'], 'type'>): void {
    const { connection, room: key } = this.#options
    // Nobody misses a sign of life that was not told.
    connection.request('broadcast', { store: room.name, key, message }).catch(() => undefined)
  }

  #editName(): void {
    const { connection, room: key } = this.#options
    const { signal } = this.#ended
    const editor = new InlineEditor({
      form: byId('name-form', HTMLFormElement),
      field: byId('name-input', HTMLInputElement),
      flaw: byId('name-flaw', HTMLParagraphElement),
      shown: byId('name-shown', HTMLDivElement),
      opener: this.#nameEdit,
      save: async (name) => {
        const result = await connection.mutate(directory, DIRECTORY_KEY, { type: 'rename', room: key, name })
        return result.ok ? undefined : wordsFor(result.error, LIMITS.roomName)
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

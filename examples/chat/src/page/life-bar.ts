import type { Mirror, MirrorState } from '@livestore-kv/client'
import { CLOSING_MS, LIFE_EVENTS, LIMITS } from '../definitions.ts'
import type { LifeEvent, LifeTypes, Person } from '../definitions.ts'
import type { Chat } from './chat.ts'
import { byId, within } from './element.ts'
import { Flaw } from './flaw.ts'
import { isolated, SLOW, wordsFor, wordsForError } from './wording.ts'

/** The life of a room: everybody reads what is going on, its moderator does what the machine takes now. */
export class LifeBar {
  readonly #chat: Chat
  readonly #room: string
  readonly #mirror: Mirror<LifeTypes>
  readonly #slow = byId('slow', HTMLParagraphElement)
  readonly #line = byId('life', HTMLParagraphElement)
  readonly #text = byId('life-text', HTMLSpanElement)
  /** Beside what is read out: it changes every second. */
  readonly #wait = byId('life-wait', HTMLSpanElement)
  readonly #buttons = byId('life-buttons', HTMLDivElement)
  readonly #flaw: Flaw
  #moderator: Person | undefined

  constructor(chat: Chat, room: string, signal: AbortSignal) {
    this.#chat = chat
    this.#room = room
    this.#flaw = new Flaw(byId('life-flaw', HTMLParagraphElement), undefined, { signal })
    this.showPace(0)
    for (const event of LIFE_EVENTS) {
      this.#buttonOf(event).addEventListener('click', () => void this.#send(event), { signal })
    }
    this.#mirror = chat.lives.watch(room, { signal })
    this.#mirror.onChange((state) => this.#show(state))
    this.#show(this.#mirror.state)
    const timer = setInterval(() => this.#count(), 250)
    signal.addEventListener('abort', () => clearInterval(timer))
  }

  showModerator(moderator: Person): void {
    this.#moderator = moderator
    this.#show(this.#mirror.state)
  }

  /** The pace is the room's: it stays what it is while the room is being closed. */
  showPace(slowMs: number): void {
    const text = slowMs > 0 ? SLOW : ''
    this.#slow.hidden = text === ''
    if (this.#slow.textContent !== text) this.#slow.textContent = text
  }

  #show({ entry }: MirrorState<LifeTypes>): void {
    const { state = 'open', can = [] } = entry?.value ?? {}
    this.#buttons.hidden = this.#moderator?.id !== this.#chat.me.id
    const hadFocus = this.#buttons.contains(document.activeElement)
    for (const event of LIFE_EVENTS) this.#buttonOf(event).disabled = !can.includes(event)
    // The button that was pressed cannot be pressed again: whoever is at the keyboard goes on beside it.
    const [next] = can
    if (hadFocus && next && !this.#buttons.querySelector(':focus:enabled')) this.#buttonOf(next).focus()

    this.#line.hidden = state !== 'closing'
    const text = `${isolated(this.#moderator?.name ?? 'The moderator')} is closing this room.`
    if (this.#text.textContent !== text) this.#text.textContent = text
    this.#count()
  }

  #count(): void {
    const { entry } = this.#mirror
    if (entry?.value.state !== 'closing') return void (this.#wait.textContent = '')
    // Its last change was that it began to close.
    const leftMs = entry.changedAt + CLOSING_MS - this.#chat.client.now()
    this.#wait.textContent = ` It will be gone in ${Math.max(0, Math.ceil(leftMs / 1_000))} s.`
  }

  async #send(type: LifeEvent): Promise<void> {
    this.#flaw.clear()
    try {
      this.#chat.assertOnline()
      const result = await this.#chat.lives.mutate(this.#room, { type })
      if (result && !result.ok) this.#flaw.say(wordsFor(result.error, LIMITS.text))
    } catch (error) {
      this.#flaw.say(wordsForError(error))
    }
  }

  #buttonOf(event: LifeEvent): HTMLButtonElement {
    return within(this.#buttons, `[data-life=${event}]`, HTMLButtonElement)
  }
}

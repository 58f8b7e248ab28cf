import type { MirrorState } from '@livestore-kv/client'
import { DIRECTORY_KEY, LIMITS } from '../definitions.ts'
import type { DirectoryTypes, Listing, RoomTypes } from '../definitions.ts'
import { cleanName, foldName } from '../text.ts'
import type { Chat } from './chat.ts'
import { Drafts } from './drafts.ts'
import { byId } from './element.ts'
import { Flaw } from './flaw.ts'
import { GonePanel } from './gone-panel.ts'
import { Outbox } from './outbox.ts'
import { RoomView } from './room-view.ts'
import { RoomsList } from './rooms-list.ts'
import { Router } from './route.ts'
import { listed, wordsFor, wordsForError } from './wording.ts'

type View = 'lobby' | 'loading' | 'gone' | 'room'

const VIEWS: readonly View[] = ['lobby', 'loading', 'gone', 'room']

/** What is on the screen: the rooms that there are, and the one that the path leads to. */
export class App {
  readonly #chat: Chat
  readonly #tell: (news: string) => void
  readonly #app = byId('app', HTMLDivElement)
  readonly #rooms = new RoomsList()
  readonly #gone = new GonePanel((name) => this.#open(name, { orJoin: true }))
  readonly #drafts = new Drafts(sessionStorage)
  /** A room that was left may still have something on its way. */
  readonly #outboxes = new Map<string, Outbox>()
  readonly #router = new Router((room) => this.#go(room))
  #view: View = 'lobby'
  #room: RoomView | undefined
  #listings: readonly Listing[] = []
  /** The directory's incarnation: another one is another server. */
  #epoch: number | undefined
  /** What the room on the screen was called last. */
  #lastName: string | undefined
  /** The name of a room to go to as soon as the directory tells us of it: one that we opened, or of that name anyhow. */
  #expected: { readonly name: string; readonly isOurs: boolean } | undefined

  constructor({ chat, tell }: { chat: Chat; tell: (news: string) => void }) {
    this.#chat = chat
    this.#tell = tell
    this.#takeNames()
    this.#router.tell()
    chat.directory.watch(DIRECTORY_KEY).onChange((state) => this.#follow(state))
  }

  /** Has the others see by which name we go now. */
  introduce(): void {
    this.#room?.introduce()
  }

  #takeNames(): void {
    const field = byId('open-room-name', HTMLInputElement)
    const flaw = new Flaw(byId('open-room-flaw', HTMLParagraphElement), field)
    const open = async (): Promise<void> => {
      const words = await this.#open(field.value).catch(wordsForError)
      flaw.say(words ?? '')
      if (words === undefined) field.value = ''
    }
    byId('open-room', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault()
      void open()
    })
  }

  /** Opens a room, or joins the one that has the name already, and goes there; answers why it did not, in words. */
  async #open(name: string, { orJoin = false } = {}): Promise<string | undefined> {
    this.#chat.assertOnline()
    const result = await this.#chat.directory.mutate(DIRECTORY_KEY, { type: 'open', name })
    const refusal = result && !result.ok ? result.error : undefined
    const joins = refusal === 'taken' && orJoin
    if (refusal !== undefined && !joins) return wordsFor(refusal, LIMITS.roomName)
    this.#expected = { name: foldName(cleanName(name)), isOurs: !joins }
    this.#enterExpected()
    return undefined
  }

  /** The server chose the key: the directory says which it is. */
  #enterExpected(): void {
    const expected = this.#expected
    const listing = this.#listings.find(
      ({ name, moderator }) =>
        foldName(name) === expected?.name && (!expected.isOurs || moderator.id === this.#chat.me.id),
    )
    if (!listing) return
    this.#expected = undefined
    this.#router.go(listing.room)
  }

  #follow({ status, entry }: MirrorState<DirectoryTypes>): void {
    if (status !== 'live' || !entry) return
    const { listings } = entry.value
    const left = without(this.#listings, listings)
    for (const { room, name } of left) this.#leave(room, name)
    for (const { room, name } of without(listings, this.#listings)) this.#drafts.enter(room, name)
    if (this.#epoch !== undefined && this.#epoch !== entry.epoch) this.#tellRestart(left)
    this.#epoch = entry.epoch
    this.#listings = listings
    this.#showListings()
    this.#enterExpected()
  }

  #tellRestart(left: readonly Listing[]): void {
    const names = listed(left.map(({ name }) => name))
    const gone = names && ` Gone with it: ${names}.`
    this.#tell(`Connected again. The server was restarted.${gone}`)
  }

  #showListings(): void {
    const current = this.#room?.room
    this.#rooms.show(this.#listings, current)
    const listing = this.#listings.find(({ room }) => room === current)
    if (listing) {
      this.#lastName = listing.name
      this.#room?.showListing(listing)
    }
    document.title = this.#room && this.#lastName ? `${this.#lastName} · Livestore chat` : 'Livestore chat'
  }

  #go(key: string | undefined): void {
    if (key !== undefined && key === this.#room?.room) return
    this.#room?.close()
    this.#room = undefined
    this.#lastName = undefined
    this.#show(key === undefined ? 'lobby' : 'loading')
    if (key !== undefined) {
      this.#room = new RoomView({
        chat: this.#chat,
        room: key,
        drafts: this.#drafts,
        outbox: this.#outboxOf(key),
        onState: (state) => this.#followRoom(key, state),
      })
    }
    this.#showListings()
  }

  #followRoom(key: string, { status, reason = 'missing' }: MirrorState<RoomTypes>): void {
    // A room that is gone stays so, whatever a reconnect finds.
    if (status === 'loading' || status === 'closed' || this.#view === 'gone') return
    const isThere = status === 'live' || status === 'stale'
    const enters = isThere && this.#view !== 'room'
    this.#show(isThere ? 'room' : 'gone')
    if (enters) this.#room?.focus()
    if (isThere) return
    this.#leave(key, this.#lastName)
    this.#gone.show(reason, this.#lastName, this.#room?.goodbye)
    // Nobody is in a room that is not there.
    this.#room?.close()
  }

  /** The room is gone: what was not sent becomes a draft, which waits for another room of its name. */
  #leave(room: string, name: string | undefined): void {
    const unsent = [...this.#outboxOf(room).empty(), this.#drafts.get(room)]
    this.#drafts.set(room, unsent.filter((text) => text !== '').join('\n'))
    if (name !== undefined) this.#drafts.leave(room, name)
  }

  #outboxOf(room: string): Outbox {
    const outbox = this.#outboxes.get(room) ?? new Outbox(this.#chat, room, sessionStorage)
    this.#outboxes.set(room, outbox)
    return outbox
  }

  #show(view: View): void {
    this.#view = view
    this.#app.dataset['view'] = view
    for (const each of VIEWS) byId(each, HTMLElement).hidden = each !== view
  }
}

/** Those of `listings` whose rooms are not in `others`. */
function without(listings: readonly Listing[], others: readonly Listing[]): readonly Listing[] {
  const rooms = new Set(others.map(({ room }) => room))
  return listings.filter(({ room }) => !rooms.has(room))
}

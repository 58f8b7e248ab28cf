import { directory, DIRECTORY_KEY, LIMITS } from '../definitions.ts'
import type { DirectoryTypes, Listing, RoomTypes } from '../definitions.ts'
import { cleanName, foldName } from '../text.ts'
import type { Connection } from './connection.ts'
import { Drafts } from './drafts.ts'
import { byId } from './element.ts'
import { GonePanel } from './gone-panel.ts'
import { LiveEntry } from './live-entry.ts'
import type { LiveState } from './live-entry.ts'
import { RoomView } from './room-view.ts'
import { RoomsList } from './rooms-list.ts'
import { Router } from './route.ts'
import { wordsFor, wordsForError } from './wording.ts'

type View = 'lobby' | 'loading' | 'gone' | 'room'

const VIEWS: readonly View[] = ['lobby', 'loading', 'gone', 'room']

/** What is on the screen: the rooms that there are, and the one that the path leads to. */
export class App {
  readonly #connection: Connection
  readonly #onRestart: () => void
  readonly #app = byId('app', HTMLDivElement)
  readonly #rooms = new RoomsList()
  readonly #gone = new GonePanel((name) => this.#open(name))
  readonly #drafts = new Drafts(sessionStorage)
  readonly #router = new Router((room) => this.#go(room))
  #view: View = 'lobby'
  #room: RoomView | undefined
  #listings: readonly Listing[] = []
  /** The directory's incarnation: another one is another server. */
  #epoch: number | undefined
  /** What the room on the screen was called last. */
  #lastName: string | undefined
  /** The name of a room that we opened and that the directory has not told us of yet. */
  #opening: string | undefined

  constructor(options: { connection: Connection; onRestart: () => void }) {
    this.#connection = options.connection
    this.#onRestart = options.onRestart
    this.#takeNames()
    this.#router.tell()
    const onState = (state: LiveState<DirectoryTypes>): void => this.#follow(state)
    new LiveEntry(options.connection, directory, DIRECTORY_KEY, { onState })
  }

  #takeNames(): void {
    const field = byId('open-room-name', HTMLInputElement)
    const flaw = byId('open-room-flaw', HTMLParagraphElement)
    const open = async (): Promise<void> => {
      const words = await this.#open(field.value).catch(wordsForError)
      flaw.textContent = words ?? ''
      field.setAttribute('aria-invalid', String(words !== undefined))
      if (words === undefined) field.value = ''
    }
    byId('open-room', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault()
      void open()
    })
    field.addEventListener('input', () => (flaw.textContent = ''))
  }

  /** Opens a room and goes there; answers why it did not, in words. */
  async #open(name: string): Promise<string | undefined> {
    const result = await this.#connection.mutate(directory, DIRECTORY_KEY, { type: 'open', name })
    if (!result.ok) return wordsFor(result.error, LIMITS.roomName)
    this.#opening = foldName(cleanName(name))
    this.#enterOpened()
    return undefined
  }

  /** The server chose the key: the directory says which it is. */
  #enterOpened(): void {
    const mine = this.#listings.find(
      ({ name, moderator }) => foldName(name) === this.#opening && moderator.id === this.#connection.user,
    )
    if (!mine) return
    this.#opening = undefined
    if (this.#room && this.#view === 'gone') this.#drafts.move(this.#room.room, mine.room)
    this.#router.go(mine.room)
  }

  #follow(state: LiveState<DirectoryTypes>): void {
    if (state.status !== 'live') return
    if (this.#epoch !== undefined && this.#epoch !== state.position.epoch) this.#onRestart()
    this.#epoch = state.position.epoch
    this.#listings = state.value.listings
    this.#showListings()
    if (this.#opening !== undefined) this.#enterOpened()
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
        connection: this.#connection,
        room: key,
        drafts: this.#drafts,
        onState: (state) => this.#followRoom(state),
      })
    }
    this.#showListings()
  }

  #followRoom(state: LiveState<RoomTypes>): void {
    // A room that is gone stays so, whatever a reconnect finds.
    if (state.status === 'loading' || this.#view === 'gone') return
    const enters = state.status === 'live' && this.#view !== 'room'
    this.#show(state.status === 'live' ? 'room' : 'gone')
    if (state.status === 'gone') this.#gone.show(state.reason, this.#lastName)
    if (enters) this.#room?.focus()
  }

  #show(view: View): void {
    this.#view = view
    this.#app.dataset['view'] = view
    for (const each of VIEWS) byId(each, HTMLElement).hidden = each !== view
  }
}

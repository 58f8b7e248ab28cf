import { createStorages, createStore } from '@livestore-kv/actors'
import type { Storages, Store } from '@livestore-kv/actors'
import type { Clock, PlaceTypes, Update } from '@livestore-kv/core'
import { directory, DIRECTORY_KEY, here, room, SLOW_MS, topic } from '../definitions.ts'
import type { DirectoryTypes, HereTypes, Listing, Person, RoomTypes, TopicTypes } from '../definitions.ts'
import { roomLife } from './room-life.ts'
import type { RoomLifeTypes } from './room-life.ts'

export interface RoomKeeperOptions {
  /** A room in which nothing happens for so many milliseconds closes. */
  readonly idleMs: number
  /** How often idle rooms are looked for, in milliseconds. */
  readonly sweepMs: number
  readonly maxRooms: number
  readonly clock?: Clock
  readonly onError: (error: unknown) => void
}

/** Any of the chat's stores. */
export type ChatStore =
  | Store<DirectoryTypes>
  | Store<RoomTypes>
  | Store<TopicTypes>
  | Store<RoomLifeTypes>
  | Store<PlaceTypes<HereTypes>>

/**
 * Owns the chat's stores and keeps directory, rooms and topics in step.
 *
 * No transaction spans two entries, so every fact has one owner and the others follow it, in the same tick:
 *
 * - A name lives in the directory and nowhere else, a room's and its moderator's. Opening and renaming are one mutation of that one entry, so two
 *   rooms never get one name, and nothing has to be undone.
 * - A room is opened by the directory: room and topic are made while the change is told, before the answer reaches
 *   whoever asked. Their key is the stamp's fresh id, so neither can exist already, and no bound but the directory's
 *   stands in their way.
 * - Whether a room is slow or about to close is known to the machine that is its life. The room is told its pace when the
 *   machine moves, and says goodbye when the machine is through.
 * - A room ends when it expires, or when its life does. The directory frees the name when it is told so, its life ends with
 *   it, and the topic follows in one of the next sweeps, as soon as nobody holds it.
 */
export class RoomKeeper {
  readonly storages: Storages<ChatStore>
  readonly #directory: Store<DirectoryTypes>
  readonly #rooms: Store<RoomTypes>
  readonly #topics: Store<TopicTypes>
  readonly #lives: Store<RoomLifeTypes>
  readonly #onError: (error: unknown) => void

  constructor({ idleMs, sweepMs, maxRooms, clock, onError }: RoomKeeperOptions) {
    const options = { onError, ...(clock && { clock }) }
    this.#directory = createStore(directory, options)
    this.#rooms = createStore(room, { ...options, expiry: { timeoutMs: idleMs, sweepMs } })
    this.#topics = createStore(topic, {
      ...options,
      expiry: { timeoutMs: idleMs, sweepMs, keepWhile: ({ key }) => this.#rooms.has(key) },
    })
    this.#lives = createStore(roomLife, options)
    // Who is where is the plugin's to keep: whoever leaves takes their place along.
    this.storages = createStorages(
      this.#directory,
      this.#rooms,
      this.#topics,
      this.#lives,
      createStore(here, options),
    )
    this.#onError = onError

    this.#directory.create(DIRECTORY_KEY, { capacity: maxRooms, listings: [] })
    // A listener has no buffer: it cannot lag, and it is done before the writer hears of its success.
    this.#directory.watchAll().onUpdate((update) => this.#followDirectory(update))
    this.#rooms.watchAll().onUpdate((update) => this.#followRoom(update))
    this.#topics.watchAll().onUpdate((update) => this.#followTopic(update))
    this.#lives.watchAll().onUpdate((update) => this.#followLife(update))
  }

  /** Whether there is such a room. */
  isOpen(roomKey: string): boolean {
    return this.#rooms.has(roomKey)
  }

  /** Whether `personId` moderates the room. */
  isModerator(roomKey: string, personId: string): boolean {
    return this.#topics.fetch(roomKey)?.value.moderator === personId
  }

  /** Calls a person by the name that they go by now, wherever they moderate. */
  introduce(person: Person): void {
    const isNew = this.#listings.some(
      ({ moderator: { id, name } }) => id === person.id && name !== person.name,
    )
    if (isNew) this.#directory.mutate(DIRECTORY_KEY, { type: 'introduce', person }).catch(this.#onError)
  }

  close(): Promise<void> {
    return this.storages.close()
  }

  #followDirectory(update: Update<DirectoryTypes>): void {
    if (update.type !== 'mutate') return
    const { mutation } = update
    if (mutation.type === 'open') {
      const { id, by } = mutation.stamp
      this.#rooms.create(id, { messages: [], dropped: 0, slowMs: 0, posts: [] })
      this.#topics.create(id, { text: '', moderator: by.id })
      this.#lives.create(id)
    }
    if (mutation.type === 'rename') this.#rooms.touch(mutation.room)
  }

  #followRoom(update: Update<RoomTypes>): void {
    // A store that closes takes its rooms along: the others close with it.
    if (update.type === 'remove' && update.reason !== 'closed') {
      this.#directory.mutate(DIRECTORY_KEY, { type: 'close', room: update.key }).catch(this.#onError)
      this.#lives.remove(update.key).catch(this.#onError)
    }
    // A change moves the deadline silently; touching tells everyone in the room where it is now.
    const stays = update.type === 'message' && update.message.type === 'stay'
    if (stays || update.type === 'mutate') this.#rooms.touch(update.key)
  }

  #followTopic(update: Update<TopicTypes>): void {
    if (update.type === 'lock' || update.type === 'mutate') this.#rooms.touch(update.key)
  }

  #followLife(update: Update<RoomLifeTypes>): void {
    if (update.type === 'mutate') this.#pace(update.key, update.new.value.state)
    if (update.type === 'remove' && update.reason === 'completed') this.#sayGoodbye(update.key)
  }

  #pace(roomKey: string, state: RoomLifeTypes['value']['state']): void {
    // While it is being closed it is talked in as before.
    if (state !== 'open' && state !== 'slow') return void this.#rooms.touch(roomKey)
    const slowMs = state === 'slow' ? SLOW_MS : 0
    this.#rooms.mutate(roomKey, { type: 'pace', slowMs }).catch(this.#onError)
  }

  #sayGoodbye(roomKey: string): void {
    const closedBy = this.#listings.find(({ room: key }) => key === roomKey)?.moderator
    const options = closedBy && { message: { type: 'goodbye', closedBy } as const }
    this.#rooms.remove(roomKey, options).catch(this.#onError)
  }

  get #listings(): readonly Listing[] {
    return this.#directory.fetch(DIRECTORY_KEY)?.value.listings ?? []
  }
}

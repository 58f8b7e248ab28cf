import { ClientError, createClient, createKey, openPlace } from '@livestore-kv/client'
import type { Client, ClientStore, Place } from '@livestore-kv/client'
import { directory, here, life, room, topic } from '../definitions.ts'
import type {
  DirectoryTypes,
  HereTypes,
  LifeTypes,
  Person,
  RoomTypes,
  Stamp,
  TopicTypes,
} from '../definitions.ts'
import type { Identity } from './identity.ts'

/** How long what was posted waits for a connection. */
const QUEUE_MS = 600_000

/** The one connection to the server, the stores behind it, and who we are there. */
export class Chat {
  readonly client: Client<typeof directory | typeof room | typeof topic | typeof life>
  readonly directory: ClientStore<DirectoryTypes>
  readonly rooms: ClientStore<RoomTypes>
  readonly topics: ClientStore<TopicTypes>
  readonly lives: ClientStore<LifeTypes>
  readonly #identity: Pick<Identity, 'name' | 'token'>
  #user = ''

  constructor(identity: Pick<Identity, 'name' | 'token'>, url: string | URL = '/live') {
    this.#identity = identity
    this.client = createClient({
      url,
      token: () => identity.token,
      definitions: [directory, room, topic, life],
      name: 'livestore-chat',
      queue: { timeoutMs: QUEUE_MS },
    })
    this.directory = this.client.store(directory)
    this.rooms = this.client.store(room)
    this.topics = this.client.store(topic)
    this.lives = this.client.store(life)
    this.client.onStatus((status) => {
      if (status.phase === 'online') this.#user = status.user
    })
  }

  /** The id is the server's to say, and empty before its first welcome. */
  get me(): Person {
    return { id: this.#user, name: this.#identity.name }
  }

  /** Who is in a room. */
  placeOf(room: string): Place<HereTypes> {
    return openPlace(this.client, here, room)
  }

  /** What the server will stamp on a change of ours, as far as we can foresee it. */
  stamp(id: string = createKey()): Stamp {
    return { id, at: this.client.now(), by: this.me }
  }

  /**
   * Whoever fills in a form hears at once that it cannot be sent; nothing happens behind their back when the connection
   * returns.
   *
   * @throws ClientError `OFFLINE`
   */
  assertOnline(): void {
    if (this.client.status.phase === 'online') return
    throw new ClientError('OFFLINE', 'there is no connection', { retry: 'later' })
  }
}

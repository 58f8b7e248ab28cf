/**
 * Who this browser is: a secret that only the server learns, from which it makes the public id, and a name that its
 * owner may change at any time.
 */
export class Identity {
  readonly #storage: Storage
  readonly #secret: string

  constructor(storage: Storage) {
    this.#storage = storage
    this.#secret = storage.getItem('secret') ?? randomSecret()
    storage.setItem('secret', this.#secret)
  }

  /** Empty until its owner said it. */
  get name(): string {
    return this.#storage.getItem('name') ?? ''
  }

  set name(name: string) {
    this.#storage.setItem('name', name)
  }

  /** Tells `listener` when its owner said another in another tab. */
  onRename(listener: () => void): void {
    addEventListener('storage', ({ key }) => {
      if (key === 'name') listener()
    })
  }

  /** The credentials that the server's `authenticate` reads. */
  get token(): string {
    return JSON.stringify({ secret: this.#secret, name: this.name })
  }
}

// `crypto.randomUUID` is missing where a page is not served from a secure origin, such as another phone's view of it.
function randomSecret(): string {
  return [...crypto.getRandomValues(new Uint8Array(24))]
    .map((byte) => byte.toString(36).padStart(2, '0'))
    .join('')
}

const ROOM_PATH = /^\/rooms\/([0-9a-f-]{36})\/?$/i

/** The key of the room that a path leads to; `undefined` = the lobby. */
export function roomOf(path: string): string | undefined {
  return ROOM_PATH.exec(path)?.[1]?.toLowerCase()
}

export function pathOf(room: string | undefined): string {
  return room === undefined ? '/' : `/rooms/${room}`
}

/** Goes where the links that are marked as routes lead without loading the page again, and tells where it is. */
export class Router {
  readonly #onRoute: (room: string | undefined) => void

  constructor(onRoute: (room: string | undefined) => void) {
    this.#onRoute = onRoute
    addEventListener('popstate', () => this.tell())
    document.addEventListener('click', (event) => this.#follow(event))
  }

  go(room: string | undefined): void {
    const path = pathOf(room)
    if (path !== location.pathname) history.pushState(null, '', path)
    this.tell()
  }

  tell(): void {
    this.#onRoute(roomOf(location.pathname))
  }

  #follow(event: MouseEvent): void {
    if (!(event.target instanceof Element)) return
    const link = event.target.closest('a[data-route]')
    const opensElsewhere =
      event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey
    if (!(link instanceof HTMLAnchorElement) || opensElsewhere) return
    event.preventDefault()
    this.go(roomOf(link.pathname))
  }
}

import { App } from './app.ts'
import { paintAvatar } from './avatar.ts'
import { Chat } from './chat.ts'
import { byId } from './element.ts'
import { CONNECTED } from './flaw.ts'
import { Identity } from './identity.ts'
import { StatusLine } from './status-line.ts'
import { WhoDialog } from './who-dialog.ts'

const identity = new Identity(localStorage)
const who = new WhoDialog(identity)
if (identity.name === '') await who.ask()

const chat = new Chat(identity)
const status = new StatusLine(() => chat.client.connect())
const app = new App({ chat, tell: (news) => status.tell(news) })
chat.client.onStatus((now) => {
  status.show(now)
  showMe()
  if (now.phase === 'online') dispatchEvent(new Event(CONNECTED))
})
identity.onRename(() => void introduce())
addEventListener('online', () => chat.client.connect())
addEventListener('pagehide', ({ persisted }) => {
  // Whoever closes the window is gone at once, and not only when the server stops waiting for them.
  if (!persisted) chat.client.close()
})
byId('me-change', HTMLButtonElement).addEventListener('click', () => void changeName())
showMe()

async function changeName(): Promise<void> {
  await who.ask()
  await introduce()
}

/** Has everybody see by which name we go now. */
async function introduce(): Promise<void> {
  showMe()
  // Without a connection it is the next one that hears of it.
  await chat.client.refresh().catch(() => undefined)
  app.introduce()
}

function showMe(): void {
  byId('me-name', HTMLElement).textContent = identity.name
  paintAvatar(byId('me-avatar', HTMLSpanElement), chat.me)
}

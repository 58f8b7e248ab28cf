import { App } from './app.ts'
import { paintAvatar } from './avatar.ts'
import { Chat } from './chat.ts'
import { byId } from './element.ts'
import { Identity } from './identity.ts'
import { StatusLine } from './status-line.ts'
import { WhoDialog } from './who-dialog.ts'

const identity = new Identity(localStorage)
const who = new WhoDialog(identity)
if (identity.name === '') await who.ask()

const chat = new Chat(identity)
const status = new StatusLine(() => chat.client.connect())
new App({ chat, tell: (news) => status.tell(news) })
chat.client.onStatus((now) => {
  status.show(now)
  showMe()
})
addEventListener('online', () => chat.client.connect())
byId('me-change', HTMLButtonElement).addEventListener('click', () => void changeName())
showMe()

async function changeName(): Promise<void> {
  await who.ask()
  showMe()
  await chat.client.refresh()
}

function showMe(): void {
  byId('me-name', HTMLElement).textContent = identity.name
  paintAvatar(byId('me-avatar', HTMLSpanElement), chat.me)
}

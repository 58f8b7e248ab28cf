import { directory, room, topic } from '../definitions.ts'
import { App } from './app.ts'
import { paintAvatar } from './avatar.ts'
import { Connection } from './connection.ts'
import { byId } from './element.ts'
import { Identity } from './identity.ts'
import { StatusLine } from './status-line.ts'
import { WhoDialog } from './who-dialog.ts'

const identity = new Identity(localStorage)
const status = new StatusLine(() => connection.connect())
const url = new URL('/live', location.href)
url.protocol = url.protocol.replace('http', 'ws')

const connection: Connection = new Connection({
  url: url.href,
  token: () => identity.token,
  onState: (state) => {
    status.show(state)
    if (state.phase !== 'online') return
    showMe()
    if (![directory, room, topic].every((each) => connection.serves(each))) {
      status.tell('This page is older than its server. Load it again.')
    }
  },
})

const who = new WhoDialog(identity, () => {
  showMe()
  connection.connect()
})
byId('me-change', HTMLButtonElement).addEventListener('click', () => who.ask())
addEventListener('online', () => connection.hurry())

new App({
  connection,
  onRestart: () => status.tell('Connected again. The server was restarted: its rooms are gone.'),
})
if (identity.name === '') who.ask()
else connection.connect()

function showMe(): void {
  byId('me-name', HTMLElement).textContent = identity.name
  paintAvatar(byId('me-avatar', HTMLSpanElement), { id: connection.user, name: identity.name })
}

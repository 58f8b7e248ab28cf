import { encodeFrame, SUBPROTOCOL } from '@livestore-kv/core/protocol'
import { KEY } from './broadcaster.ts'
import type { ServerName } from './server-process.ts'
import type { Greeting } from './wire-socket.ts'

/** How one comes to hear what each server tells. */
export const greetings: Readonly<Record<ServerName, Greeting>> = {
  Livestore: {
    path: '/live',
    subprotocol: SUBPROTOCOL,
    steps: [
      encodeFrame({ type: 'hello', client: 'bench' }),
      encodeFrame({ type: 'watch', id: 1, store: 'news', key: KEY }),
    ],
  },
  'raw ws loop': { path: '/', steps: [] },
  // It opens by itself; `40` asks for the default namespace.
  'Socket.IO': { path: '/socket.io/?EIO=4&transport=websocket', steps: [undefined, '40'] },
}

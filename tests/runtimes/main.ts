import type { ClientOptions } from '@livestore-kv/client'
import { visit } from './visit.ts'

// Node before 22 has no WebSocket of its own, and is handed one.
const WebSocket =
  'WebSocket' in globalThis ? undefined : ((await import('ws')).WebSocket as ClientOptions['WebSocket'])
// Told as the first argument, which all of them have here.
process.stdout.write(JSON.stringify(await visit(process.argv[2] ?? '', WebSocket)))

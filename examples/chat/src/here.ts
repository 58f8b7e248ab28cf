import { definePresence } from '@livestore-kv/core'
import * as v from 'valibot'

/** Windows in which one room may be open at once: those past it read and talk, and are not shown. */
const CROWD = 200

// Who is in a room, under the room's key: each window that shows it is a member.

export interface HereTypes {
  name: 'here'
  /** A window has nothing to show but that it is there. */
  state: null
  who: { name: string }
}

export const here = definePresence<HereTypes>({
  name: 'here',
  revision: '1',
  schema: v.null(),
  capacity: CROWD,
})

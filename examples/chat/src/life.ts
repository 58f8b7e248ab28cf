import { defineHosted } from '@livestore-kv/core'

/** How long a room that is being closed can still be kept, in milliseconds. */
export const CLOSING_MS = 30_000

// A room's life, under the room's key: a machine, which only the server has. The room itself stays a plain value, so that
// what is posted in it is still shown at once.

export interface LifeTypes {
  name: 'life'
  /** `can` lists what the machine takes now; it was in its state since the entry's `changedAt`. */
  value: { state: 'open' | 'slow' | 'closing' | 'archived'; can: LifeEvent[] }
  mutation: { type: LifeEvent }
  message: never
  error: 'not-accepted'
}

export const LIFE_EVENTS = ['slowDown', 'speedUp', 'close', 'keep'] as const
export type LifeEvent = (typeof LIFE_EVENTS)[number]

/** What the page knows of it; the machine is in `server/room-life.ts`. */
export const life = defineHosted<LifeTypes>({ name: 'life', revision: '1' })

import { fromMachine } from '@livestore-kv/actors/xstate'
import type { MachineTypes } from '@livestore-kv/actors/xstate'
import * as v from 'valibot'
import { setup } from 'xstate'
import { CLOSING_MS, life, LIFE_EVENTS } from '../definitions.ts'
import type { LifeEvent, LifeTypes } from '../definitions.ts'

const machine = setup({
  types: { events: {} as { type: LifeEvent } },
  delays: { countdown: CLOSING_MS },
}).createMachine({
  initial: 'living',
  states: {
    living: {
      initial: 'open',
      on: { close: 'closing' },
      states: {
        open: { on: { slowDown: 'slow' } },
        slow: { on: { speedUp: 'open' } },
        asBefore: { type: 'history' },
      },
    },
    closing: {
      on: { keep: 'living.asBefore' },
      after: { countdown: 'archived' },
    },
    archived: { type: 'final' },
  },
})

/** A room's life as its store knows it. */
export type RoomLifeTypes = MachineTypes<'life', typeof machine, LifeTypes['value']>

/** The life of a room: it may be slowed down, and closed, with a countdown in which it can still be kept. */
export const roomLife = fromMachine(machine, {
  name: life.name,
  revision: life.revision,
  select: ({ value }) => ({ state: typeof value === 'string' ? value : value.living }),
  can: LIFE_EVENTS,
  schema: { mutation: v.object({ type: v.picklist(LIFE_EVENTS) }) },
})

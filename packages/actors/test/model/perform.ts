import { guardCalls } from './guard-calls.ts'
import type { Operation } from './operation.ts'
import { storeCalls } from './store-calls.ts'
import { watchCalls } from './watch-calls.ts'
import type { World } from './world.ts'

/** How one kind of operation is made, on the store and on the model. */
export type Performer<K extends Operation['call']> = (
  world: World,
  operation: Extract<Operation, { call: K }>,
  digit: number,
) => unknown

const performers: { readonly [K in Operation['call']]: Performer<K> } = {
  ...storeCalls,
  ...guardCalls,
  ...watchCalls,
  advance: (world, { ms }) => world.advance(ms),
}

/** Makes one operation. `digit` sets its durations apart from those of every other operation. */
export async function perform(world: World, operation: Operation, digit: number): Promise<void> {
  // Sound: the performer is looked up by the kind of the operation.
  await (performers[operation.call] as Performer<Operation['call']>)(world, operation, digit)
  await world.compare(operation.call)
}

import type { AnyActorRef, AnyMachineSnapshot, Snapshot } from 'xstate'
import { childrenOf } from './hosted-actor.ts'
import type { Life } from './life.ts'
import { delaysOf, INLINE_TOO } from './saved-machine.ts'
import type { SavedActor, SavedDelay, SavedMachine } from './saved-machine.ts'

/** How a child stood when it failed. */
export interface Wreck {
  readonly snapshot: SavedActor
  readonly delays: readonly SavedDelay[]
}

/** How a child that just failed stood. */
export function wreckOf(life: Life, child: AnyActorRef): Wreck {
  // It is an actor, which takes what its logic takes.
  const actor = child as { getPersistedSnapshot(options: object): Snapshot<unknown> }
  return {
    snapshot: actor.getPersistedSnapshot(INLINE_TOO),
    delays: delaysOf(life).filter(({ source }) => source[0] === child.id),
  }
}

/**
 * `saved`, from before `child` failed, with that child as it was then: it begins again with the input that it had, which
 * XState forgets when it fails.
 */
export function withChild(
  saved: SavedMachine,
  child: AnyActorRef | undefined,
  wreck: Wreck | undefined,
): SavedMachine {
  const { children = {}, delays = [] } = saved
  const failed = child && children[child.id]
  if (child === undefined || failed?.snapshot.status !== 'error') return saved
  const snapshot = begunAgain(wreck?.snapshot ?? failed.snapshot, child)
  return {
    ...saved,
    children: { ...children, [child.id]: { ...failed, snapshot } },
    delays: [...delays, ...(wreck?.delays ?? [])],
  }
}

/** `snapshot` of an actor that failed, and of those of its children that did, so that it lives. */
function begunAgain({ children, ...snapshot }: SavedActor, actor: AnyActorRef | undefined): SavedActor {
  const { options } = (actor ?? {}) as {
    readonly options?: { input?: unknown; snapshot?: { input?: unknown } }
  }
  const refs = childrenOf((actor?.getSnapshot() ?? {}) as AnyMachineSnapshot)
  const again = Object.entries(children ?? {}).map(([id, child]) => {
    if (child.snapshot.status !== 'error') return [id, child]
    const ref = refs.find((each) => each.id === id)
    return [id, { ...child, snapshot: begunAgain(child.snapshot, ref) }]
  })
  const input = options?.input ?? options?.snapshot?.input
  const alive = { status: 'active' as const, error: undefined, output: undefined, input }
  return { ...snapshot, ...alive, ...(children && { children: Object.fromEntries(again) }) } as SavedActor
}

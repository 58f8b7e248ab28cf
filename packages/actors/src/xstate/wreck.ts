import type { AnyActorRef, AnyMachineSnapshot, Snapshot } from 'xstate'
import { childrenOf } from './hosted-actor.ts'
import type { Life } from './life.ts'
import { delaysOf, INLINE_TOO, pathOf, savedDelay } from './saved-machine.ts'
import type { SavedActor, SavedDelay, SavedMachine } from './saved-machine.ts'

/** How an actor below the entry's own stood when it failed. */
export interface Wreck {
  readonly snapshot: SavedActor
  readonly delays: readonly SavedDelay[]
}

/** How `ref`, which just failed, stood: with those of its children that it failed of, and the delay that it failed in. */
export function wreckOf(life: Life, ref: AnyActorRef): Wreck {
  // It is an actor, which takes what its logic takes.
  const actor = ref as { getPersistedSnapshot(options: object): Snapshot<unknown> }
  const path = pathOf(ref, life.actor)
  const { ringing } = life
  const failed = ringing?.target === ref ? savedDelay(life, ringing, ringing.lengthMs) : undefined
  return {
    snapshot: actor.getPersistedSnapshot(INLINE_TOO),
    delays: [
      ...delaysOf(life).filter(({ source }) => path?.every((id, at) => source[at] === id)),
      ...childrenOf(ref.getSnapshot() as AnyMachineSnapshot).flatMap(
        (child) => life.wreckOf(child)?.delays ?? [],
      ),
      ...(failed ? [failed] : []),
    ],
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

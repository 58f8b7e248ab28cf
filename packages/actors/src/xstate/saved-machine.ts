import type { AnyActorRef, AnyMachineSnapshot, EventObject, Snapshot } from 'xstate'
import type { TransitionCause } from '@livestore-kv/core'
import { childrenOf } from './hosted-actor.ts'
import type { Life } from './life.ts'

/**
 * The state of a machine as it can be kept and restored: what XState persists, and with it what XState forgets. JSON,
 * if its context, events and outputs are.
 */
export type SavedMachine = Snapshot<unknown> & {
  readonly value?: unknown
  readonly context?: unknown
  readonly historyValue?: unknown
  readonly children?: Readonly<Record<string, { readonly snapshot: Snapshot<unknown> }>>
  /** What was to be sent later, with the time that was left. */
  readonly delays?: readonly SavedDelay[]
  /** What had happened to it and was waiting for a guard to be released. */
  readonly jobs?: readonly Job[]
}

/** Something that happened in the life of an entry, and has yet to be carried out. */
export interface Job {
  readonly event: EventObject
  readonly cause: TransitionCause
}

interface SavedDelay {
  /** The ids on the way from the entry's own actor down. */
  readonly source: readonly string[]
  readonly target: readonly string[]
  readonly event: EventObject
  readonly id?: string
  readonly remainingMs: number
}

/** The state of `life` with its machine at `snapshot`. */
export function save(life: Life, snapshot: AnyMachineSnapshot): SavedMachine {
  const { actor, delays, jobs, now } = life
  return {
    ...(actor.logic.getPersistedSnapshot(snapshot) as Snapshot<unknown>),
    ...(delays.length > 0 && {
      delays: delays.flatMap(({ source, target, event, id, isLoose, at }) => {
        const from = pathOf(source, actor)
        const to = pathOf(target, actor)
        // What is sent to somebody else's actor cannot be sent by another process.
        if (from === undefined || to === undefined) return []
        const remainingMs = Math.max(0, at - now)
        return [{ source: from, target: to, event, remainingMs, ...(id !== undefined && !isLoose && { id }) }]
      }),
    }),
    ...(jobs.length > 0 && { jobs: [...jobs] }),
  }
}

/** Lets `life`, whose actor was restored from `saved`, wait for what it waited for. */
export function resume(life: Life, { delays = [], jobs = [] }: SavedMachine): void {
  life.jobs.unshift(...jobs)
  for (const { source, target, event, id, remainingMs } of delays) {
    const from = descendant(life.actor, source)
    const to = descendant(life.actor, target)
    if (from && to) life.schedule(from, to, event, remainingMs, id)
  }
}

/**
 * `saved`, from before the child of this id failed, with that child as it was then: it begins again with the input that
 * it had, which XState forgets when it fails.
 */
export function withChild(saved: SavedMachine, child: AnyActorRef | undefined): SavedMachine {
  const { children = {} } = saved
  const failed = child && children[child.id]
  if (child === undefined || failed?.snapshot.status !== 'error') return saved
  const { options } = child as AnyActorRef & {
    readonly options: { input?: unknown; snapshot?: { input?: unknown } }
  }
  const input = options.input ?? options.snapshot?.input
  const snapshot = {
    ...failed.snapshot,
    status: 'active' as const,
    error: undefined,
    output: undefined,
    input,
  }
  return { ...saved, children: { ...children, [child.id]: { ...failed, snapshot } } }
}

function pathOf(ref: AnyActorRef, root: AnyActorRef): string[] | undefined {
  const path: string[] = []
  for (let at: AnyActorRef | undefined = ref; at; at = at._parent) {
    if (at === root) return path
    path.unshift(at.id)
  }
  return undefined
}

function descendant(root: AnyActorRef, path: readonly string[]): AnyActorRef | undefined {
  let at: AnyActorRef | undefined = root
  for (const id of path) {
    at = childrenOf(at.getSnapshot() as AnyMachineSnapshot).find((child) => child.id === id)
    if (at === undefined) return undefined
  }
  return at
}

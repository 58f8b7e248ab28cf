import type { AnyActorRef, AnyMachineSnapshot, EventObject, Snapshot } from 'xstate'
import type { Delay } from './delay.ts'
import { childrenOf } from './hosted-actor.ts'
import type { Job } from './job.ts'
import type { Life } from './life.ts'

/**
 * The state of a machine as it can be kept and restored: what XState persists, and with it what XState forgets. JSON,
 * if its context, events and outputs are.
 */
export type SavedMachine = SavedActor & {
  readonly value?: unknown
  readonly context?: unknown
  readonly historyValue?: unknown
  /** What was to be sent later, with the time that was left. */
  readonly delays?: readonly SavedDelay[]
  /** What had happened to it and was waiting for a guard to be released. */
  readonly jobs?: readonly Pick<Job, 'event' | 'cause'>[]
}

/** What XState persists of an actor. */
export type SavedActor = Snapshot<unknown> & { readonly children?: Readonly<Record<string, SavedChild>> }

interface SavedChild {
  readonly snapshot: SavedActor
}

export interface SavedDelay {
  /** The ids on the way from the entry's own actor down. */
  readonly source: readonly string[]
  readonly target: readonly string[]
  readonly event: EventObject
  readonly id?: string
  readonly remainingMs: number
  /** How long it lasts in all, where that is more than remains. */
  readonly lengthMs?: number
}

/** Within one process a child may be of a logic that has no name. */
export const INLINE_TOO = { __unsafeAllowInlineActors: true }

/** The state of `life`, for others to keep. */
export function save(life: Life): SavedMachine {
  return { ...(life.actor.logic.getPersistedSnapshot(life.snapshot) as SavedActor), ...waitingOf(life) }
}

/** The state of `life` with its machine at `snapshot`, from which the entry itself goes on. */
export function saveAt(life: Life, snapshot: AnyMachineSnapshot): SavedMachine {
  return {
    ...(life.actor.logic.getPersistedSnapshot(snapshot, INLINE_TOO) as SavedActor),
    ...waitingOf(life),
  }
}

/** Lets `life`, whose actor was restored from `saved`, wait for what it waited for. */
export function resume(life: Life, { delays = [], jobs = [] }: SavedMachine): void {
  life.recall(jobs)
  for (const { source, target, event, id, remainingMs, lengthMs = remainingMs } of delays) {
    const from = descendant(life.actor, source)
    const to = descendant(life.actor, target)
    if (from && to) life.delay({ source: from, target: to, event, id, lengthMs }, remainingMs)
  }
}

function waitingOf(life: Life): Pick<SavedMachine, 'delays' | 'jobs'> {
  const { jobs, delays } = life
  return {
    ...(delays.length > 0 && { delays: delaysOf(life) }),
    ...(jobs.length > 0 && { jobs: jobs.map(({ event, cause }) => ({ event, cause })) }),
  }
}

/** What `life` sends later. */
export function delaysOf(life: Life): SavedDelay[] {
  // One time for all of them: they keep their order.
  const { delays, now } = life
  return delays.flatMap((delay) => savedDelay(life, delay, Math.max(0, delay.at - now)) ?? [])
}

/** `delay` with `remainingMs` to go. */
export function savedDelay({ actor }: Life, delay: Delay, remainingMs: number): SavedDelay | undefined {
  const { source, target, event, id, isLoose, lengthMs } = delay
  const from = pathOf(source, actor)
  const to = pathOf(target, actor)
  // What is sent to somebody else's actor cannot be sent by another process, and what is sent never need not be.
  if (from === undefined || to === undefined || remainingMs === Infinity) return undefined
  return {
    source: from,
    target: to,
    event,
    remainingMs,
    ...(lengthMs > remainingMs && { lengthMs }),
    ...(id !== undefined && !isLoose && { id }),
  }
}

/** The ids on the way from `root` down to `ref`. */
export function pathOf(ref: AnyActorRef, root: AnyActorRef): string[] | undefined {
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

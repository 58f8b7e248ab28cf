import type { TransitionCause } from '@livestore-kv/core'
import { beginsOrEnds } from './job.ts'
import type { SavedMachine } from './saved-machine.ts'

const CAUSES: ReadonlySet<unknown> = new Set<TransitionCause>(['delay', 'actor', 'done', 'error'])

/** Whether `saved` has the shape of a saved state; whether a machine can be in it, XState says. */
export function isSaved(saved: unknown): saved is SavedMachine {
  if (!isObject(saved)) return false
  const { delays = [], jobs = [] } = saved
  return Array.isArray(delays) && delays.every(isSavedDelay) && Array.isArray(jobs) && jobs.every(isSavedJob)
}

function isSavedDelay(delay: unknown): boolean {
  if (!isObject(delay)) return false
  const { source, target, event, id, remainingMs, lengthMs = remainingMs } = delay
  const isTimed = [remainingMs, lengthMs].every((ms) => typeof ms === 'number' && ms >= 0)
  return (
    isPath(source) &&
    isPath(target) &&
    isEvent(event) &&
    isTimed &&
    ['undefined', 'string'].includes(typeof id)
  )
}

function isSavedJob(job: unknown): boolean {
  return isObject(job) && isEvent(job['event']) && CAUSES.has(job['cause'])
}

function isEvent(event: unknown): boolean {
  return isObject(event) && typeof event['type'] === 'string' && !beginsOrEnds(event['type'])
}

function isPath(path: unknown): boolean {
  return Array.isArray(path) && path.every((id) => typeof id === 'string')
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

import { acquireQuestion } from './acquire.ts'
import { churnQuestion } from './churn.ts'
import { contendedQuestion } from './contended.ts'
import { fanOutWireQuestion } from './fan-out-wire.ts'
import { fanOutQuestion } from './fan-out.ts'
import { fetchQuestion } from './fetch.ts'
import { initQuestion } from './init.ts'
import { machinesQuestion } from './machines.ts'
import { memoryQuestion } from './memory.ts'
import { mutateSpreadQuestion } from './mutate-spread.ts'
import { mutateQuestion } from './mutate.ts'
import { reconnectStormQuestion } from './reconnect-storm.ts'
import { seventeenMillionQuestion } from './seventeen-million.ts'
import { stalledClientQuestion } from './stalled-client.ts'
import { sweepQuestion } from './sweep.ts'
import type { Question } from '../question.ts'

/** Every question, in the order in which they are asked and reported. */
export const catalogue: readonly Question[] = [
  fetchQuestion,
  mutateQuestion,
  mutateSpreadQuestion,
  fanOutQuestion,
  fanOutWireQuestion,
  stalledClientQuestion,
  reconnectStormQuestion,
  acquireQuestion,
  contendedQuestion,
  initQuestion,
  memoryQuestion,
  sweepQuestion,
  churnQuestion,
  machinesQuestion,
  seventeenMillionQuestion,
]

/** @throws if there is no question of that name. */
export function questionNamed(name: string): Question {
  const found = catalogue.find((question) => question.name === name)
  if (found) return found
  throw new Error(`no question ${JSON.stringify(name)}; there are ${catalogue.map((q) => q.name).join(', ')}`)
}

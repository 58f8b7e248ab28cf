import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Answer, Effort, Question } from './question.ts'

const ASK = fileURLToPath(new URL('ask.js', import.meta.url))

/** Asks `question` in a process of its own. @throws if that process fails. */
export async function interview(question: Question, effort: Effort): Promise<Answer> {
  const child = fork(ASK, [question.name, JSON.stringify(effort)], {
    execArgv: ['--expose-gc', ...(question.nodeOptions ?? [])],
    env: { ...process.env, NODE_ENV: 'production' },
  })
  const answers: Answer[] = []
  // `ask.ts` sends nothing else.
  child.on('message', (answer) => answers.push(answer as Answer))
  const [code] = await once(child, 'close')
  const [answer] = answers
  if (code !== 0 || answer === undefined)
    throw new Error(
      `the process of ${JSON.stringify(question.name)} ended with ${String(code)} and no answer`,
    )
  return answer
}

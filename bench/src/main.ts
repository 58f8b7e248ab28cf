import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { printed } from './figures.ts'
import { interview } from './interview.ts'
import type { Answer } from './question.ts'
import { catalogue, questionNamed } from './questions/catalogue.ts'
import { withFigures } from './readme.ts'
import { readResults, writeResult } from './results.ts'

const MILLION = 1_000_000
const CONNECTIONS = 2_000
const README = fileURLToPath(new URL('../README.md', import.meta.url))
const RESULTS = fileURLToPath(new URL('../results', import.meta.url))

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    entries: { type: 'string', default: String(MILLION) },
    connections: { type: 'string', default: String(CONNECTIONS) },
  },
})

const effort = {
  quick: values.quick,
  entries: Number(values.entries),
  connections: Number(values.connections),
}
const questions =
  positionals.length > 0 ? positionals.map(questionNamed) : catalogue.filter(({ byNameOnly }) => !byNameOnly)
// Figures of less effort are for whoever is tuning, not for the table.
const isRecorded = !effort.quick && effort.entries === MILLION && effort.connections === CONNECTIONS

console.log(`Node ${process.versions.node}, V8 ${process.versions.v8}`)
for (const question of questions) {
  console.log(`\n${question.name}: ${question.asks}`)
  try {
    const answer = await interview(question, effort)
    console.log(printed(answer))
    // After each question, so that a run that is stopped keeps what it found out.
    if (isRecorded) await record(question.name, answer)
  } catch (error) {
    console.error(error)
    process.exitCode = 1
  }
}

async function record(name: string, answer: Answer): Promise<void> {
  await writeResult(RESULTS, name, answer)
  await writeFile(README, withFigures(await readFile(README, 'utf8'), catalogue, await readResults(RESULTS)))
}

import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { printed } from './figures.ts'
import { interview } from './interview.ts'
import type { Answer } from './question.ts'
import { catalogue, questionNamed } from './questions/catalogue.ts'
import { withFigures } from './readme.ts'
import { readResults, writeResults } from './results.ts'

const MILLION = 1_000_000
const README = fileURLToPath(new URL('../README.md', import.meta.url))
const RESULTS = fileURLToPath(new URL('../results', import.meta.url))

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    entries: { type: 'string', default: String(MILLION) },
  },
})

const effort = { quick: values.quick, entries: Number(values.entries) }
const questions =
  positionals.length > 0 ? positionals.map(questionNamed) : catalogue.filter(({ byNameOnly }) => !byNameOnly)
const answers = new Map<string, Answer>()

console.log(`Node ${process.versions.node}, V8 ${process.versions.v8}`)
for (const question of questions) {
  console.log(`\n${question.name}: ${question.asks}`)
  try {
    const answer = await interview(question, effort)
    answers.set(question.name, answer)
    console.log(printed(answer))
  } catch (error) {
    console.error(error)
    process.exitCode = 1
  }
}

// Figures of less effort are for whoever is tuning, not for the table.
if (!effort.quick && effort.entries === MILLION) {
  await writeResults(RESULTS, answers)
  await writeFile(README, withFigures(await readFile(README, 'utf8'), catalogue, await readResults(RESULTS)))
}

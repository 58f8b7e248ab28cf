import { parseArgs } from 'node:util'
import { printed } from './figures.ts'
import { interview } from './interview.ts'
import { catalogue, questionNamed } from './questions/catalogue.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    entries: { type: 'string', default: '1000000' },
  },
})

const effort = { quick: values.quick, entries: Number(values.entries) }
const questions =
  positionals.length > 0 ? positionals.map(questionNamed) : catalogue.filter((question) => !question.byNameOnly)

for (const question of questions) {
  console.log(`\n${question.name}: ${question.asks}`)
  console.log(printed(await interview(question, effort)))
}

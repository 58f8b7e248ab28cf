import { questionNamed } from './questions/catalogue.ts'
import type { Effort } from './question.ts'

/** The process of one question: its name and effort come in as arguments, its answer goes out over IPC. */
const [name = '', effort = ''] = process.argv.slice(2)
// `interview` wrote it.
const answer = await questionNamed(name).ask(JSON.parse(effort) as Effort)
process.send?.(answer)

import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import type { Answer } from './question.ts'

/** What one major version of Node answered, and where. */
export interface Results {
  readonly node: string
  readonly v8: string
  readonly machine: string
  /** By the question's name. */
  readonly answers: Readonly<Record<string, DatedAnswer>>
}

interface DatedAnswer extends Answer {
  /** YYYY-MM-DD */
  readonly date: string
}

/** The results of every Node in `folder`, oldest Node first. */
export async function readResults(folder: string): Promise<readonly Results[]> {
  const files = (await readdir(folder).catch(() => [])).filter((file) => file.endsWith('.json'))
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))
  // Only `writeResult` writes there.
  const results = texts.map((text) => JSON.parse(text) as Results)
  return [...results].sort((a, b) => major(a.node) - major(b.node))
}

/** Puts `answer` among those that this major version of Node gave before. */
export async function writeResult(folder: string, name: string, answer: Answer): Promise<void> {
  const { node, v8 } = process.versions
  const before = (await readResults(folder)).find((results) => major(results.node) === major(node))
  const date = new Date().toISOString().slice(0, 10)
  const results: Results = {
    node,
    v8,
    machine: `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform}`,
    answers: { ...before?.answers, [name]: { date, ...answer } },
  }
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, `node-${major(node)}.json`), `${JSON.stringify(results, null, 2)}\n`)
}

export function major(version: string): number {
  return Number.parseInt(version, 10)
}

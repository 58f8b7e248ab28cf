import { execFile } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { format, promisify } from 'node:util'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { codeBlocks, promisedOutput } from './code-block.ts'
import { documentationPages } from './pages.ts'

// `ts` is checked and run; `ts browser`, `ts server` and `ts test` are only checked, for they need a page, a port of
// their own or a test runner; `ts fragment` is part of a program and neither.
const blocks = (
  await Promise.all([...(await documentationPages())].map(([page, url]) => codeBlocks(page, url)))
).flat()
const checked = blocks.filter(({ info }) => /^ts( browser| server| test)?$/.test(info))
const run = checked.filter(({ info }) => info === 'ts')

// Beside this file, so that the blocks find the packages.
const folder = new URL('.blocks/', import.meta.url)
await rm(folder, { recursive: true, force: true })
await mkdir(folder)
const files = new Map(
  checked.map((block) => {
    const name = `${block.page.replaceAll(/[^a-z0-9]+/gi, '-')}-${block.line}.ts`
    return [block, new URL(name, folder)] as const
  }),
)
for (const [{ code }, url] of files) await writeFile(url, `${code}\nexport {}\n`)

describe('the code of the documentation', () => {
  it('is marked as what it is', () => {
    // The JSON of the protocol has tests of its own, by who sends it.
    const known =
      /^(|ts( browser| server| test| fragment)?|json( client| server| entry)?|js|sh|text|mermaid|html)$/

    expect(blocks.filter(({ info }) => !known.test(info))).toEqual([])
  })

  it('type-checks', { timeout: 120_000 }, async () => {
    // A reader of an example need not use everything in it.
    const compilerOptions = { noUnusedLocals: false }
    const config = { extends: '../../../tsconfig.json', compilerOptions, include: ['*.ts'], exclude: [] }
    await writeFile(new URL('tsconfig.json', folder), JSON.stringify(config))
    const tsc = fileURLToPath(new URL('../node_modules/.bin/tsc', import.meta.url))

    const project = fileURLToPath(folder)
    const checking = promisify(execFile)(tsc, ['--noEmit', '-p', project])
    // Its complaints are on standard output.
    const complaints = await checking.then(
      ({ stdout }) => stdout,
      (error: { readonly stdout: string }) => error.stdout,
    )

    expect(complaints).toBe('')
  })

  it.each(run.map((block) => [`${block.page}:${block.line}`, block] as const))(
    '%s runs, and prints what it says',
    async (_, block) => {
      const printed: string[] = []
      const log = vi.spyOn(console, 'log').mockImplementation((...line) => void printed.push(format(...line)))
      onTestFinished(() => log.mockRestore())

      await import(/* @vite-ignore */ files.get(block)?.pathname ?? '')

      // One comment may stand for what several passes print.
      expect(printed.join(', ')).toBe(promisedOutput(block.code).join(', '))
    },
  )
})

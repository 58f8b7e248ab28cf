import { execFile, execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Host } from './host.ts'

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url))
const run = promisify(execFile)

// Deno gives a program nothing that it was not allowed: the client needs the network, and nothing else.
const runtimes = [
  { name: 'Node', command: process.execPath, args: [] },
  { name: 'Deno', command: 'deno', args: ['run', '--no-config', '--allow-net=127.0.0.1'] },
  { name: 'Bun', command: 'bun', args: ['run'] },
]

function isHere(command: string): boolean {
  try {
    execFileSync(command, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

describe('the client in other runtimes', () => {
  let folder = ''

  // One file of everything, as a bundler of an application makes it.
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'livestore-runtimes-'))
    await build({
      configFile: false,
      logLevel: 'error',
      build: { ssr: MAIN, outDir: folder, rolldownOptions: { output: { entryFileNames: 'main.mjs' } } },
      ssr: { noExternal: true, resolve: { conditions: ['@livestore-kv/source', 'module', 'node'] } },
    })
  })

  afterAll(() => rm(folder, { recursive: true }))

  for (const { name, command, args } of runtimes) {
    it.runIf(isHere(command))(`follows, predicts, locks and comes back after a cut on ${name}`, async () => {
      await using host = await Host.open()

      const { stdout } = await run(command, [...args, path.join(folder, 'main.mjs'), host.origin])

      expect(JSON.parse(stdout)).toEqual({
        versions: [1, 2, 3, 4, 5, 6],
        wasPredicted: true,
        refusal: 'negative',
        wasExclusive: true,
        phases: ['online', 'waiting', 'connecting', 'online', 'closed'],
        value: 6,
      })
    })
  }
})

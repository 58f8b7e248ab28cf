import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

// The built one, because the bench measures what users get; `pnpm build` makes it.
const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url))
const README = new URL('../README.md', import.meta.url)

async function bench(...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [MAIN, ...args])
  return stdout
}

describe('pnpm bench --quick', () => {
  it(
    'answers a question in a process of its own and leaves the readme alone',
    { timeout: 60_000 },
    async () => {
      const before = await readFile(README, 'utf8')

      const printed = await bench('--quick', '--entries', '1000', 'fetch', 'sweep')

      expect(printed).toMatch(/fetch: What .*\n {2}raw Map\.get .* ns .* 1\.00 ×\n {2}Livestore fetch .* ×/)
      expect(printed).toMatch(/all due and removed, in all .* ms/)
      expect(await readFile(README, 'utf8')).toBe(before)
    },
  )

  it('names the questions there are when asked an unknown one', { timeout: 60_000 }, async () => {
    await expect(bench('--quick', 'price')).rejects.toThrow('no question "price"; there are fetch, mutate')
  })
})

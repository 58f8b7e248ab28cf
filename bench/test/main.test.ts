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

  it('asks servers in processes of their own, and counts what arrives', { timeout: 60_000 }, async () => {
    const printed = await bench('--quick', '--connections', '20', 'fan-out-wire', 'reconnect-storm')

    expect(printed).toMatch(/20 connections, bursts of 1, CPU: Livestore .* µs .* ×/)
    expect(printed).toMatch(/20 connections, bursts of 10, latency: Socket\.IO .* µs/)
    expect(printed).toMatch(/20 connections: messages of \d+ to \d+ bytes, every one of which arrived/)
    expect(printed).toMatch(/reached reconnect storm of 2,000: updates told twice: 0 updates/)
    expect(printed).toMatch(/reached reconnect storm of 2,000: updates lost: 0 updates/)
    expect(printed).toMatch(/reached reconnect storm of 2,000: sessions that went on: 20\.0 sessions/)
  })

  it('names the questions there are when asked an unknown one', { timeout: 60_000 }, async () => {
    await expect(bench('--quick', 'price')).rejects.toThrow('no question "price"; there are fetch, mutate')
  })
})

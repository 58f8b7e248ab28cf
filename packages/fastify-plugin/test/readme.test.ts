import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

describe('README.md', () => {
  it('shows the program that is compiled with the tests', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
    const program = readFileSync(new URL('readme-example.ts', import.meta.url), 'utf8')

    expect(readme).toContain(`\`\`\`ts\n${program}\`\`\``)
  })
})

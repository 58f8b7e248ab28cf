import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { testNames, testSources } from './test-names.ts'

const read = (path: string): Promise<string> => readFile(new URL(`../../${path}`, import.meta.url), 'utf8')

/** On these pages, what is set in italics is the name of a test. */
const pages = ['docs/guarantees.md', 'docs/from-rust.md', 'docs/errors.md']

function quotedTests(text: string): string[] {
  return [...text.matchAll(/(?<![*\w])\*([^*\n]+)\*(?!\*)/g)].map(([, name = '']) => name)
}

/** What differs from case to case is an ellipsis to a reader. */
function asQuoted(name: string): string {
  return name.replaceAll(/%[a-z]|\$\{\w+\}|\$\w+/g, '…')
}

function rows(text: string): string[] {
  return text.split('\n').filter((line) => line.startsWith('|') && !/^\|[-| ]+\|$/.test(line))
}

describe('the documentation', () => {
  it.each(pages)('%s quotes tests that exist', async (page) => {
    const names = new Set([...(await testNames())].map(asQuoted))
    const quoted = quotedTests(await read(page))

    expect(quoted.length).toBeGreaterThan(10)
    expect(quoted.filter((name) => !names.has(name))).toEqual([])
  })

  it('docs/guarantees.md has a test for each of the twelve guarantees', async () => {
    const sections = (await read('docs/guarantees.md')).split(/^## /m).slice(1)

    for (let number = 1; number <= 12; number++) {
      const section = sections.find((text) => text.startsWith(`${number}. `))
      expect(quotedTests(section ?? '').length, `guarantee ${number}`).toBeGreaterThan(0)
    }
  })

  it.each(['docs/guarantees.md', 'docs/architecture.md'])('%s names files that exist', async (page) => {
    const named = [...(await read(page)).matchAll(/(?<=`)[a-z-]+\/[a-z/-]+\.ts(?=`)/g)].map(String)

    expect(named.length).toBeGreaterThan(10)
    expect(
      named.filter((file) => !existsSync(new URL(`../../packages/actors/src/${file}`, import.meta.url))),
    ).toEqual([])
  })

  it('docs/from-rust.md backs each row with a test', async () => {
    const tables = rows(await read('docs/from-rust.md')).filter((row) => !row.includes('backed by'))

    expect(tables.length).toBeGreaterThan(40)
    expect(tables.filter((row) => quotedTests(row).length === 0)).toEqual([])
  })

  it('docs/errors.md lists every code, and a test provokes each', async () => {
    const union = await read('packages/core/src/store-error.ts')
    const codes = [...union.matchAll(/\| '([A-Z_]+)'/g)].map(([, code = '']) => code)
    const listed = rows(await read('docs/errors.md'))
    const sources = await testSources()

    expect(codes.length).toBeGreaterThan(10)
    for (const code of codes) {
      const row = listed.find((line) => line.startsWith(`| \`${code}\` |`))
      expect(quotedTests(row ?? '').length, `${code} has a row with a test`).toBeGreaterThan(0)
      expect(
        sources.some((source) => source.includes(`'${code}'`)),
        `${code} is provoked`,
      ).toBe(true)
    }
  })
})

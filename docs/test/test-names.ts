import { readdir, readFile } from 'node:fs/promises'

const root = new URL('../../', import.meta.url)

/** The names of the tests that cover the packages, as they are written in the source. */
export async function testNames(): Promise<ReadonlySet<string>> {
  const names = new Set<string>()
  for (const source of await testSources()) {
    // After `it(`, after `it.each(names)(`, or after the end of a table.
    const test = /(?:\bit|\bit\.each\([^)]*\)+|\](?: as const)?\))\(\s*(['"`])(.*?)\1/gs
    for (const [, , name = ''] of source.matchAll(test)) names.add(name)
  }
  return names
}

/** The text of every test file of the packages, the conformance suite included. */
export async function testSources(): Promise<string[]> {
  const paths = await readdir(new URL('packages/', root), { recursive: true })
  const tests = paths.filter(
    (path) => !path.includes('node_modules') && /(\/src\/testing\/.*\.ts|\.test(-d)?\.ts)$/.test(path),
  )
  return Promise.all(tests.map((path) => readFile(new URL(`packages/${path}`, root), 'utf8')))
}

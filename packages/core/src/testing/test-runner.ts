/** What the suite asks of an assertion; vitest, jest and bun have it. */
export interface Assertion {
  readonly not: Assertion
  toBe(expected: unknown): unknown
  toEqual(expected: unknown): unknown
  toMatchObject(expected: object): unknown
  toBeDefined(): unknown
  toBeUndefined(): unknown
  toBeGreaterThan(expected: number): unknown
}

/** The test runner's own functions; structural, so that core depends on no runner. */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => unknown
  readonly it: (name: string, body: () => Promise<void>) => unknown
  readonly expect: (actual: unknown) => Assertion
}

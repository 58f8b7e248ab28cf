/** Starts a stamp; nothing else in a message of ours has this letter. */
const MARK = '@'
const DIGITS = 16

/** A text of `bytes` that begins with the moment at which it was made. */
export function stamped(bytes: number): string {
  return `${MARK}${String(now()).padStart(DIGITS, '0')}`.padEnd(bytes, '.')
}

/** The moment in the first stamp between `start` and `end`; `undefined` if there is no whole one. */
export function stampIn(bytes: Buffer, start: number, end: number): number | undefined {
  const mark = bytes.indexOf(MARK, start)
  if (mark < 0 || mark + DIGITS >= end) return undefined
  return Number(bytes.toString('latin1', mark + 1, mark + 1 + DIGITS))
}

/** Microseconds on the machine's monotonic clock, which all of its processes share. */
export function now(): number {
  return Number(process.hrtime.bigint() / 1_000n)
}

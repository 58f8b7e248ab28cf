import type { Trace } from './trace.ts'

/** What a run met, and what must never happen. */
export class Journal {
  readonly counts = new Map<string, number>()
  readonly faults: string[] = []
  readonly trace: Trace

  constructor(trace: Trace) {
    this.trace = trace
  }

  count(event: string, times = 1): void {
    this.counts.set(event, (this.counts.get(event) ?? 0) + times)
  }

  fault(fault: string): void {
    this.trace.end(fault)
    if (this.faults.length < 20) this.faults.push(fault)
  }
}

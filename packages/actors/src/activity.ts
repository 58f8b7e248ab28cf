import type { LiveValueTypes } from '@livestore-kv/core'
import type { EntryGuard } from './entry-guard.ts'
import { Mailbox } from './mailbox.ts'
import type { Watch } from './watch.ts'

/** What surrounds an entry only while somebody holds, awaits or watches it, or gave it a deadline of its own. */
export class Activity<T extends LiveValueTypes> {
  readonly mailbox = new Mailbox()
  readonly watches = new Set<Watch<T>>()
  guard: EntryGuard<T> | undefined = undefined
  /** Milliseconds since 1970. */
  touchedAt: number | undefined = undefined
  /** The entry's own deadline, in milliseconds since 1970. */
  expiresAt: number | undefined = undefined

  get isOver(): boolean {
    return (
      this.guard === undefined &&
      this.mailbox.size === 0 &&
      this.watches.size === 0 &&
      this.touchedAt === undefined &&
      this.expiresAt === undefined
    )
  }
}

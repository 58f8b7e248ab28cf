import type { LiveValueTypes } from '@livestore-kv/core'
import type { EntryGuard } from '../turns/entry-guard.ts'
import type { Mailbox } from '../turns/mailbox.ts'
import type { Watch } from '../watches/watch.ts'

/** What surrounds an entry only while somebody holds, awaits or watches it, or gave it a deadline of its own. */
export class Activity<T extends LiveValueTypes> {
  mailbox: Mailbox<T> | undefined = undefined
  watches: Set<Watch<T>> | undefined = undefined
  guard: EntryGuard<T> | undefined = undefined
  /** Milliseconds since 1970. */
  touchedAt: number | undefined = undefined
  /** The entry's own deadline, in milliseconds since 1970. */
  expiresAt: number | undefined = undefined

  /** Whether somebody holds the entry, or waits to. */
  get isTaken(): boolean {
    return this.guard !== undefined || (this.mailbox !== undefined && this.mailbox.size > 0)
  }

  get isWatched(): boolean {
    return this.watches !== undefined && this.watches.size > 0
  }

  get isOver(): boolean {
    return (
      !this.isTaken &&
      !this.mailbox?.isServing &&
      !this.isWatched &&
      this.touchedAt === undefined &&
      this.expiresAt === undefined
    )
  }
}

import type { Entry, LiveValueTypes } from '@livestore-kv/core'
import type { Activity } from './activity.ts'
import type { WheelNode } from './timing-wheel.ts'

/** Owns the current snapshot of one entry; lean, because a store holds millions of them. */
export class EntryActor<T extends LiveValueTypes> implements WheelNode {
  entry: Entry<T>
  /** `undefined` while nobody holds, awaits or watches the entry. */
  activity: Activity<T> | undefined = undefined
  previous: WheelNode | undefined = undefined
  next: WheelNode | undefined = undefined

  constructor(entry: Entry<T>) {
    this.entry = entry
  }
}

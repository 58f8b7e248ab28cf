import { toObserver } from 'xstate'
import type { AnyMachineSnapshot } from 'xstate'
import type { Clock, EntryKey, InputOf, LiveValueTypes, ValueOf } from '@livestore-kv/core'
import { StoreError } from '@livestore-kv/core'
import type { EntryActor } from '../entries/entry-actor.ts'
import type { Host } from '../entries/host.ts'
import type { StoreContext } from '../store-context.ts'
import { DelayQueue } from './delay-queue.ts'
import type { Inspector } from './hosted-actor.ts'
import type { HostedMachine } from './hosted-machine.ts'
import { Life } from './life.ts'
import type { Origin } from './life.ts'
import { MachineActor } from './machine-actor.ts'
import type { ResolvedMachineOptions } from './machine-options.ts'
import { copyPlain, freezePlain } from './machine-value.ts'
import type { SavedMachine } from './saved-machine.ts'
import { isSaved } from './saved-shape.ts'

/** How a kind of machine is run: what `fromMachine` was given. */
export interface MachineKind {
  readonly name: string
  readonly machine: HostedMachine
  /** The value that watchers get. */
  readonly valueOf: (snapshot: AnyMachineSnapshot) => unknown
}

/** What the machines of one store share. */
export class MachineHost<T extends LiveValueTypes = LiveValueTypes> implements Host<T> {
  readonly kind: MachineKind
  readonly options: ResolvedMachineOptions
  /** What it throws concerns no machine. */
  readonly inspect: Inspector | undefined
  readonly #frozen = new WeakSet()
  #context: StoreContext<T> | undefined
  #delays: DelayQueue | undefined

  constructor(kind: MachineKind, options: ResolvedMachineOptions) {
    this.kind = kind
    this.options = options
    const inspector = options.inspect && toObserver(options.inspect)
    this.inspect = inspector && ((event) => this.context.call((seen) => inspector.next?.(seen), event))
  }

  get machine(): HostedMachine {
    return this.kind.machine
  }

  get context(): StoreContext<T> {
    if (this.#context) return this.#context
    throw new Error('a host without a store has no context')
  }

  get clock(): Clock {
    return this.context.options.clock
  }

  get delays(): DelayQueue {
    return (this.#delays ??= new DelayQueue(this.clock))
  }

  createActor(context: StoreContext<T>, key: EntryKey, input: InputOf<T>): EntryActor<T> {
    this.#context = context
    return new MachineActor(this, key, this.begin(key, input))
  }

  /** A new life; what its machine fails with while it is made is thrown. */
  begin(key: EntryKey, input: InputOf<T>): Life {
    const life = this.#live(key, { input })
    const { status, error } = life.snapshot
    if (status === 'error') throw this.machine.blame(error)
    return life
  }

  /** A life that goes on from what somebody else keeps, and may use again. */
  load(key: EntryKey, saved: SavedMachine): Life {
    // XState puts the children that it restores into the very context that it is given.
    return this.restore(key, copyPlain(saved) as SavedMachine)
  }

  /** @throws StoreError `INVALID_VALUE` if no machine of this kind can be in the state that was saved. */
  restore(key: EntryKey, saved: SavedMachine): Life {
    if (!isSaved(saved)) throw this.#invalid(undefined)
    const life = this.#live(key, { snapshot: saved })
    const { status, error } = life.snapshot
    if (status !== 'active' && status !== 'done') throw this.#invalid(error)
    return life
  }

  /** What is stored of `snapshot`. */
  valueOf(snapshot: AnyMachineSnapshot): ValueOf<T> {
    try {
      // `fromMachine` types the kind after what it selects.
      return this.context.handle(() => this.kind.valueOf(snapshot)) as ValueOf<T>
    } catch (error) {
      throw this.machine.blame(error)
    }
  }

  freeze<V>(value: V): V {
    freezePlain(value, this.#frozen)
    return value
  }

  /** @throws StoreError `UNKNOWN_MUTATION`: the machine never sees it. */
  assertKnown(event: { readonly type: unknown } | null | undefined): void {
    if (this.machine.knows(event?.type)) return
    const type = JSON.stringify(event?.type) ?? String(event?.type)
    throw new StoreError('UNKNOWN_MUTATION', `${this.kind.name} has no mutation ${type.slice(0, 64)}`)
  }

  reportError(error: unknown): void {
    this.context.reportError(error)
  }

  #live(key: EntryKey, origin: Origin): Life {
    // oxlint-disable-next-line typescript/no-explicit-any
    return new Life(this as MachineHost<any>, key, origin)
  }

  #invalid(cause: unknown): StoreError {
    return new StoreError('INVALID_VALUE', `no ${this.kind.name} can be in the state that was saved`, {
      cause,
    })
  }
}

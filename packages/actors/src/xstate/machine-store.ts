import type { AnyStateMachine } from 'xstate'
import type { Definition, EntryKey, LiveValueTypes } from '@livestore-kv/core'
import { Store } from '../store.ts'
import { ActorView } from './actor-view.ts'
import type { ActorViewOf } from './actor-view.ts'
import { MachineActor } from './machine-actor.ts'
import { MachineHost } from './machine-host.ts'
import type { MachineKind } from './machine-host.ts'
import { resolveMachineOptions } from './machine-options.ts'
import type { MachineStoreOptions } from './machine-options.ts'
import type { SavedMachine } from './saved-machine.ts'

/** A store whose entries are state machines; made by `createStore` of what `fromMachine` made. */
export class MachineStore<T extends LiveValueTypes, TMachine extends AnyStateMachine> extends Store<T> {
  constructor(definition: Definition<T>, kind: MachineKind, options: MachineStoreOptions<T> | undefined) {
    const [machines, others] = resolveMachineOptions(options)
    super(definition, others, new MachineHost<T>(kind, machines))
  }

  /**
   * The machine of `key` as XState's own tools see an actor: `waitFor`, `toPromise`, `useSelector` of `@xstate/react`. Its
   * `send` waits its turn like `mutate`. It has no `on`, `select`, `start` and `stop`. `undefined` if there is no such entry.
   */
  actor(key: EntryKey): ActorViewOf<TMachine> | undefined {
    const actor = this.#machineOf(key)
    if (actor === undefined) return undefined
    // One incarnation's own: as to any actor that was stopped, nothing that it is sent later arrives.
    const view = new ActorView(actor, async (event) =>
      this.#machineOf(key) === actor ? this.mutate(key, event) : undefined,
    )
    // It has what XState's tools use of an `ActorRef`, and they ask for a whole one.
    return view as unknown as ActorViewOf<TMachine>
  }

  /**
   * The state of the machine of `key`, as `assign` takes it: with the time that its delays have left. JSON, if the
   * machine's context, events and outputs are. `undefined` if there is no such entry.
   */
  saved(key: EntryKey): SavedMachine | undefined {
    return this.#machineOf(key)?.saved
  }

  #machineOf(key: EntryKey): MachineActor<T> | undefined {
    const actor = this.actorOf(key)
    return actor instanceof MachineActor ? actor : undefined
  }
}

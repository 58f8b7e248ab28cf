import type {
  AnyMachineSnapshot,
  AnyStateMachine,
  ContextFrom,
  EmittedFrom,
  EventFromLogic,
  InputFrom,
  OutputFrom,
  SnapshotFrom,
  TagsFrom,
} from 'xstate'
import { StateMachine } from 'xstate'
import { defineHosted, StoreError } from '@livestore-kv/core'
import type { Definition, HostedSchemas } from '@livestore-kv/core'
import { makeStore } from '../entries/host.ts'
import type { HostedDefinition } from '../entries/host.ts'
import { HostedMachine } from './hosted-machine.ts'
import type { MachineStoreOptions } from './machine-options.ts'
import { MachineStore } from './machine-store.ts'
import { defaultValue, withCan } from './machine-value.ts'
import type { SavedMachine } from './saved-machine.ts'

/** What watchers get of a machine unless `select` says otherwise. */
export interface MachineValue<TMachine extends AnyStateMachine> {
  state: SnapshotFrom<TMachine>['value']
  context: ContextFrom<TMachine>
  status: SnapshotFrom<TMachine>['status']
  tags: TagsFrom<TMachine>[]
}

/** What a machine is made of; it may be left out where the machine need not have it. */
export type MachineInput<TMachine extends AnyStateMachine> =
  unknown extends InputFrom<TMachine>
    ? // `unknown` itself cannot be left out.
      object | string | number | boolean | bigint | symbol | null | undefined | void
    : undefined extends InputFrom<TMachine>
      ? InputFrom<TMachine> | void
      : InputFrom<TMachine>

/** The types of a kind of value whose lifecycle is a machine. */
export interface MachineTypes<TName extends string, TMachine extends AnyStateMachine, TValue> {
  name: TName
  value: TValue
  mutation: EventFromLogic<TMachine>
  message: EmittedFrom<TMachine>
  error: 'not-accepted'
  input: MachineInput<TMachine>
  saved: SavedMachine
  output: OutputFrom<TMachine>
}

/** A hosted kind of value; `createStore` makes a {@link MachineStore} of it. */
export interface MachineDefinition<TName extends string, TMachine extends AnyStateMachine, TValue>
  extends
    Definition<MachineTypes<TName, TMachine, TValue>>,
    HostedDefinition<
      MachineStore<MachineTypes<TName, TMachine, TValue>, TMachine>,
      MachineStoreOptions<MachineTypes<TName, TMachine, TValue>>
    > {}

/** How a machine is a kind of value. */
export interface FromMachineOptions<
  TName extends string,
  TMachine extends AnyStateMachine,
  TSelected,
  TCan extends EventFromLogic<TMachine>['type'],
> {
  readonly name: TName
  /** Changes whenever the machine does. */
  readonly revision: string
  /**
   * The value that watchers get of a snapshot: plain data.
   *
   * @default ({ value, context, status, tags }) => ({ state: value, context, status, tags: [...tags] })
   */
  readonly select?: (snapshot: SnapshotFrom<TMachine>) => TSelected
  /** The event types that the value's `can` lists while the machine accepts them. */
  readonly can?: readonly TCan[]
  readonly schema?: HostedSchemas<MachineTypes<TName, TMachine, TSelected>>
}

/** What is selected, with what the machine can take now. */
export type WithCan<TSelected, TCan> = [TCan] extends [never] ? TSelected : TSelected & { can: TCan[] }

/**
 * Makes a kind of value of an XState machine: its events are the mutations, what it emits are the messages, its snapshot
 * is the value. Every entry is a real XState actor that lives in its store.
 *
 * @throws StoreError `INVALID_DEFINITION`
 */
export function fromMachine<
  const TName extends string,
  TMachine extends AnyStateMachine,
  TSelected = MachineValue<TMachine>,
  const TCan extends EventFromLogic<TMachine>['type'] = never,
>(
  machine: TMachine,
  options: FromMachineOptions<TName, TMachine, TSelected, TCan>,
): MachineDefinition<TName, TMachine, WithCan<TSelected, TCan>> {
  type T = MachineTypes<TName, TMachine, WithCan<TSelected, TCan>>
  const { select = defaultValue, can = [], schema, ...named } = options
  const { name } = named
  if (!(machine instanceof StateMachine)) {
    throw new StoreError('INVALID_DEFINITION', `${name} is made of a machine, not of ${typeof machine}`)
  }
  // A schema says what comes in; what is selected does not matter to it.
  const base = defineHosted<T>({ ...named, ...(schema && { schema: schema as HostedSchemas<T> }) })
  const valueOf = (snapshot: AnyMachineSnapshot): unknown => {
    const value = (select as (snapshot: AnyMachineSnapshot) => unknown)(snapshot)
    return can.length > 0 ? withCan(value, snapshot, can) : value
  }
  const hosted = new HostedMachine(machine)
  const unknown = can.find((type) => !hosted.knows(type))
  if (unknown !== undefined) {
    throw new StoreError(
      'INVALID_DEFINITION',
      `can of ${name} lists ${JSON.stringify(unknown)}, no event of its machine`,
    )
  }
  const kind = { name, machine: hosted, valueOf }
  const definition = Object.freeze({
    ...base,
    threw: (error: unknown) => hosted.threw(error),
    [makeStore]: (storeOptions: MachineStoreOptions<T> | undefined) =>
      new MachineStore<T, TMachine>(definition, kind, storeOptions),
  })
  return definition
}

export { fromMachine } from './from-machine.ts'
export type {
  FromMachineOptions,
  MachineDefinition,
  MachineTypes,
  MachineValue,
  WithCan,
} from './from-machine.ts'
export type { ActorViewOf } from './actor-view.ts'
export type { CrashOptions, MachineStoreOptions } from './machine-options.ts'
export type { MachineStore } from './machine-store.ts'
export type { SavedMachine } from './saved-machine.ts'

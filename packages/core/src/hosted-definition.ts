import { requireMembers, requireSchemas } from './definition.ts'
import type { Definition, ValueSchemas } from './definition.ts'
import type { LiveValueTypes } from './live-value.ts'
import { refuse } from './result.ts'

/** What the network may send to a hosted value; it is never overwritten from there. */
export type HostedSchemas<T extends LiveValueTypes> = Omit<ValueSchemas<T>, 'value'>

/** What a hosted kind of value is called, and what the network may send it. */
export interface HostedDefinitionOptions<T extends LiveValueTypes> {
  readonly name: T['name']
  /** Changes whenever behaviour does. */
  readonly revision: string
  readonly schema?: HostedSchemas<T>
}

/**
 * A hosted kind of value as its clients know it: they watch its values and ask for mutations, and never run them. On the
 * server it is made with its machine, by `fromMachine` of `@livestore-kv/actors/xstate`.
 *
 * @throws StoreError `INVALID_DEFINITION` if a member is missing or not of its type.
 */
export function defineHosted<T extends LiveValueTypes>(options: HostedDefinitionOptions<T>): Definition<T> {
  const { name, revision, schema = {} } = options
  requireMembers(options)
  requireSchemas(name, schema, 'input')
  return Object.freeze({
    name,
    revision,
    schema,
    kind: 'hosted',
    // Whoever predicts with it predicts that nothing changes, and is told what did.
    mutate: () => refuse(undefined as T['error']),
  })
}

import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Entry } from './entry.ts'
import type { DeepReadonly, InputOf, LiveValueTypes, MutationOf, Unstamped, ValueOf } from './live-value.ts'
import type { Result } from './result.ts'
import { StoreError } from './store-error.ts'

/** One pure handler per mutation: a mutation without a handler is a compile error. */
export type MutationHandlers<T extends LiveValueTypes> = {
  readonly [K in T['mutation']['type']]: (
    value: ValueOf<T>,
    mutation: DeepReadonly<Extract<T['mutation'], { type: K }>>,
    entry: Entry<T>,
  ) => Result<ValueOf<T>, T['error']>
}

/** What the network may send, as Standard Schemas; whatever has no schema, the network may not send. */
export interface ValueSchemas<T extends LiveValueTypes> {
  /** Of what a hosted value is made; any other is made of its `value`. */
  readonly input?: StandardSchemaV1<unknown, InputOf<T>>
  readonly value?: StandardSchemaV1<unknown, T['value']>
  readonly mutation?: StandardSchemaV1<unknown, Unstamped<T, T['mutation']>>
  readonly message?: StandardSchemaV1<unknown, Unstamped<T, T['message']>>
}

/** How one kind of value behaves, as its author writes it down. */
export interface DefinitionOptions<T extends LiveValueTypes> {
  readonly name: T['name']
  /** Changes whenever behaviour does: a peer with another revision never replays mutations. */
  readonly revision: string
  readonly mutations: MutationHandlers<T>
  readonly schema?: ValueSchemas<T>
}

/** How one kind of value behaves; made by {@link defineValue} and shared by server and clients. */
export interface Definition<T extends LiveValueTypes> {
  readonly name: T['name']
  readonly revision: string
  readonly schema: ValueSchemas<T>
  /**
   * Who may run its mutations: whoever has a definition of the same revision, since its handlers are pure, or only the
   * store that hosts its values, since they have a life of their own.
   */
  readonly kind: 'replayable' | 'hosted'
  /**
   * The outcome of `mutation` on `entry`; changes nothing itself. A hosted kind refuses everything here: only its store
   * knows.
   *
   * @throws StoreError `UNKNOWN_MUTATION` if there is no handler, and whatever a handler throws.
   */
  mutate(entry: Entry<T>, mutation: MutationOf<T>): Result<ValueOf<T>, T['error']>
  /** Whether a handler threw `error`: then it is not the store's own, whatever its class. */
  readonly threw?: (error: unknown) => boolean
}

type Handler<T extends LiveValueTypes> = (
  value: ValueOf<T>,
  mutation: MutationOf<T>,
  entry: Entry<T>,
) => Result<ValueOf<T>, T['error']>

/**
 * Defines a kind of value.
 *
 * @throws StoreError `INVALID_DEFINITION` if a member is missing or not of its type.
 */
export function defineValue<T extends LiveValueTypes>(options: DefinitionOptions<T>): Definition<T> {
  const { name, revision, schema = {} } = options
  requireMembers(options, 'mutations')
  requireObject(`mutations of ${name}`, options.mutations)
  requireSchemas(name, schema, 'value')

  // A map, because mutation types come off the wire and `handlers['constructor']` is a function.
  const handlers = new Map<string, Handler<T>>()
  for (const [type, handler] of Object.entries(options.mutations)) {
    if (typeof handler !== 'function') {
      throw new StoreError('INVALID_DEFINITION', `mutations.${type} of ${name} is not a function`)
    }
    // Sound: the map is read by the mutation's own type, which is the handler's.
    handlers.set(type, handler as Handler<T>)
  }

  const thrown = new WeakSet<StoreError>()

  return Object.freeze({
    name,
    revision,
    schema,
    kind: 'replayable',
    threw: (error: unknown) => error instanceof StoreError && thrown.has(error),
    mutate(entry: Entry<T>, mutation: MutationOf<T>): Result<ValueOf<T>, T['error']> {
      const handler = handlers.get(mutation.type)
      if (handler === undefined) {
        throw new StoreError('UNKNOWN_MUTATION', `${name} has no mutation ${JSON.stringify(mutation.type)}`)
      }
      let result: Result<ValueOf<T>, T['error']>
      try {
        result = handler(entry.value, mutation, entry)
      } catch (error) {
        if (error instanceof StoreError) thrown.add(error)
        throw error
      }
      if (result?.ok === true || result?.ok === false) return result
      throw new StoreError(
        'INVALID_DEFINITION',
        `the handler of ${JSON.stringify(mutation.type)} of ${name} answered neither ok(value) nor refuse(error)`,
      )
    },
  })
}

/** What every definition has, and `own` besides. @throws StoreError `INVALID_DEFINITION` */
export function requireMembers(
  options: { readonly name: string; readonly revision: string },
  ...own: readonly string[]
): void {
  const { name, revision } = options
  requireText('name', name)
  requireText('revision', revision)
  // The last three are a definition's own: one may be spread to make another of it.
  requireKnown(options, ['name', 'revision', 'schema', ...own, 'kind', 'mutate', 'threw'], name)
}

/** Schemas for mutations and messages, and for `own` besides. @throws StoreError `INVALID_DEFINITION` */
export function requireSchemas(name: string, schema: object, own: string): void {
  requireObject(`schema of ${name}`, schema)
  requireKnown(schema, ['mutation', 'message', own], `the schema of ${name}`)
  for (const [kind, checker] of Object.entries(schema)) requireSchema(`schema.${kind} of ${name}`, checker)
}

function requireText(member: string, value: unknown): void {
  if (typeof value === 'string' && value !== '') return
  throw new StoreError('INVALID_DEFINITION', `${member} must be a non-empty string`)
}

function requireObject(member: string, value: unknown): void {
  if (typeof value === 'object' && value !== null) return
  throw new StoreError('INVALID_DEFINITION', `${member} must be an object`)
}

/** What nobody reads is a slip: a `schemas` would leave the network without any. */
function requireKnown(members: object, known: readonly string[], owner: string): void {
  const unknown = Object.keys(members).find((member) => !known.includes(member))
  if (unknown === undefined) return
  throw new StoreError('INVALID_DEFINITION', `${owner} takes no member "${unknown}"`)
}

/** @throws StoreError `INVALID_DEFINITION` */
export function requireSchema(member: string, checker: unknown): void {
  // Some libraries' schemas are functions.
  const isSchema =
    checker !== null && /^(object|function)$/.test(typeof checker) && '~standard' in Object(checker)
  if (isSchema || checker === undefined) return
  throw new StoreError(
    'INVALID_DEFINITION',
    `${member} is not a Standard Schema, as those of zod, valibot or arktype are`,
  )
}

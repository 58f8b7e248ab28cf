import type { AnyLiveStore, EntryKey } from '@livestore-kv/core'
import type { WireEntry } from '@livestore-kv/core/protocol'
import type { AnyEntry } from '../topics/entry-form.ts'
import { admittedWith, shownAfter } from './admission.ts'
import { missing } from './entries.ts'
import { handled } from './handler-error.ts'
import type { RequestContext, RequestHandler } from './request-handler.ts'
import { turnOptions } from './turn.ts'

export const assign: RequestHandler<'assign'> = async (context) => {
  const { store, key, value, show } = await readied(context)
  return async (reply) => {
    const old = await store.assign(key, value, turnOptions(context, store))
    if (old === undefined) throw missing(context.request.store, key)
    reply.answer({ old: await show(old) })
  }
}

export const insert: RequestHandler<'insert'> = async (context) => {
  const { store, key, value, show } = await readied(context)
  return async (reply) => {
    const old = await handled(store, () => store.insert(key, value, turnOptions(context, store)))
    reply.answer({ old: old ? await show(old) : null })
  }
}

interface Write {
  readonly store: AnyLiveStore
  readonly key: EntryKey
  /** As its schema and the application's stamp made it. */
  readonly value: unknown
  readonly show: (old: AnyEntry) => Promise<WireEntry>
}

async function readied({ session, request }: RequestContext<'assign' | 'insert'>): Promise<Write> {
  const { type: action, store: name, key } = request
  const input = { session, action, store: name, key }
  const { store, payload } = await admittedWith(input, 'value', request.value)
  return { store, key, value: payload, show: await shownAfter(input) }
}

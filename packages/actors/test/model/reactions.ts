import { createKey } from '@livestore-kv/core'
import type { Update } from '@livestore-kv/core'
import { FakeClock, foo } from '@livestore-kv/core/testing'
import type { FooTypes } from '@livestore-kv/core/testing'
import fc from 'fast-check'
import type { CreateStore } from './world.ts'

type Store = ReturnType<CreateStore>

const value = { bar: 0, baz: 0 }

/** What a listener may do when it is told something: calls that wait their turn, and calls that answer at once. */
const reactions = {
  mutate: (store: Store, key: string) => store.mutate(key, { type: 'setBar', bar: 1 }),
  update: (store: Store, key: string) => store.update(key, ({ bar }) => ({ bar: bar + 1, baz: 0 })),
  insert: (store: Store, key: string) => store.insert(key, value),
  remove: (store: Store, key: string) => store.remove(key),
  create: (store: Store, key: string) => store.create(key, value),
  broadcast: (store: Store, key: string) => store.broadcast(key, { type: 'sendBar' }),
  touch: (store: Store, key: string) => store.touch(key),
  hold: (store: Store, key: string) => {
    using guard = store.tryAcquire(key)
    guard?.set(value)
  },
  removeHeld: (store: Store, key: string) => store.tryAcquire(key)?.remove(),
} as const

const reaction = fc.record({
  do: fc.constantFrom(...(Object.keys(reactions) as (keyof typeof reactions)[])),
  key: fc.nat(1),
})

/** The incarnation and the version that an update speaks of; nothing for lock and deadline updates. */
function versionOf(update: Update<FooTypes>): string {
  const entry =
    'new' in update ? update.new : 'old' in update ? update.old : 'entry' in update && update.entry
  return entry ? `${entry.epoch}.${entry.version}` : ''
}

/** Whatever listeners do when they are told, everybody is told the same, in the order of the changes. */
export function reactingListeners(create: CreateStore): fc.IAsyncPropertyWithHooks<unknown> {
  const listeners = fc.array(fc.array(fc.option(reaction), { maxLength: 6 }), { minLength: 2, maxLength: 5 })
  return fc.asyncProperty(
    listeners,
    fc.array(reaction, { minLength: 1, maxLength: 6 }),
    async (tables, calls) => {
      const store = create(foo, { clock: new FakeClock(), onError: (error) => errors.push(error) })
      const errors: unknown[] = []
      const keys = [createKey(), createKey()]
      const answers: unknown[] = []
      let done = false
      const react = ({ do: name, key }: { do: keyof typeof reactions; key: number }): void => {
        answers.push(reactions[name](store, keys[key] ?? ''))
      }
      const heard: { readonly key: string | undefined; readonly lines: string[] }[] = []
      for (const [index, table] of tables.entries()) {
        const key = keys[index % 3]
        const watch = key === undefined ? store.watchAll() : store.watch(key, { awaitCreation: true })
        const lines: string[] = []
        const left = [...table]
        heard.push({ key, lines })
        watch.onUpdate((update) => {
          lines.push(`${update.key} ${update.type} ${versionOf(update)}`)
          const next = left.shift()
          if (next && !done) react(next)
        })
      }
      const witness: string[] = []
      store.watchAll().onUpdate((update) => witness.push(`${update.key} ${update.type} ${versionOf(update)}`))

      for (const call of calls) react(call)
      await Promise.all(answers)
      done = true

      if (errors.length > 0) throw errors[0]
      for (const { key, lines } of heard) {
        const expected = witness.filter((line) => key === undefined || line.startsWith(key))
        if (lines.join('\n') !== expected.join('\n')) {
          throw new Error(`heard\n${lines.join('\n')}\ninstead of\n${expected.join('\n')}`)
        }
      }
      assertNoGap(witness)
      await store.close()
    },
  )
}

function assertNoGap(witness: readonly string[]): void {
  const versions = new Map<string, number>()
  for (const line of witness) {
    const [, type, label = ''] = line.split(' ')
    const [epoch = '', version] = label.split('.')
    if (type !== 'create' && type !== 'mutate' && type !== 'overwrite') continue
    const before = versions.get(epoch) ?? 0
    if (Number(version) !== before + 1) throw new Error(`version ${version} came after ${before}`)
    versions.set(epoch, before + 1)
  }
}

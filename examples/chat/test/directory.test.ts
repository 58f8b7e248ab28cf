import { createStore } from '@livestore-kv/actors'
import type { Store } from '@livestore-kv/actors'
import type { SentMutationOf } from '@livestore-kv/core'
import { describe, expect, it } from 'vitest'
import { directory, DIRECTORY_KEY, LIMITS } from '../src/definitions.ts'
import type { DirectoryTypes, Person } from '../src/definitions.ts'
import { ada, ben, stampOf } from './people.ts'

function createDirectory(capacity = 10): Store<DirectoryTypes> {
  const store = createStore(directory)
  store.create(DIRECTORY_KEY, { capacity, listings: [] })
  return store
}

type Asked = Exclude<SentMutationOf<DirectoryTypes>, { readonly type: 'close' | 'introduce' }>

/** The refusal, or the key that a new room would get. */
async function ask(store: Store<DirectoryTypes>, by: Person, asked: Asked): Promise<string> {
  const stamp = stampOf(by)
  const result = await store.mutate(DIRECTORY_KEY, { ...asked, stamp })
  return result?.ok === false ? result.error : stamp.id
}

describe('directory', () => {
  it('lists a room under the id of the stamp, with whoever opened it as its moderator', async () => {
    await using store = createDirectory()

    const key = await ask(store, ada, { type: 'open', name: ' Tea  time ' })

    const listing = { room: key, name: 'Tea time', moderator: ada }
    expect(store.fetch(DIRECTORY_KEY)?.value.listings).toEqual([listing])
  })

  it('refuses names that are empty, too long, or taken by a name that looks alike', async () => {
    await using store = createDirectory()
    const key = await ask(store, ada, { type: 'open', name: 'Straße' })
    await ask(store, ada, { type: 'open', name: 'Lobby' })

    expect(await ask(store, ben, { type: 'open', name: ' \u{200b} ' })).toBe('empty')
    expect(await ask(store, ben, { type: 'open', name: 'x'.repeat(LIMITS.roomName + 1) })).toBe('too-long')
    expect(await ask(store, ben, { type: 'open', name: 'STRASSE' })).toBe('taken')
    expect(await ask(store, ada, { type: 'rename', room: key, name: '' })).toBe('empty')
    expect(await ask(store, ada, { type: 'rename', room: key, name: '茶'.repeat(41) })).toBe('too-long')
    expect(await ask(store, ada, { type: 'rename', room: key, name: 'lobby' })).toBe('taken')
    expect(store.fetch(DIRECTORY_KEY)?.version).toBe(3)
  })

  it('lets the moderator rename, to the same name in another case too, and nobody else', async () => {
    await using store = createDirectory()
    const key = await ask(store, ada, { type: 'open', name: 'lobby' })

    expect(await ask(store, ben, { type: 'rename', room: key, name: 'Mine' })).toBe('not-moderator')
    await ask(store, ada, { type: 'rename', room: key, name: 'LOBBY' })

    expect(store.fetch(DIRECTORY_KEY)?.value.listings[0]?.name).toBe('LOBBY')
  })

  it('refuses rooms past its capacity, and takes them again when one is closed', async () => {
    await using store = createDirectory(1)
    const key = await ask(store, ada, { type: 'open', name: 'One' })

    const full = await ask(store, ben, { type: 'open', name: 'Two' })
    await store.mutate(DIRECTORY_KEY, { type: 'close', room: key })
    await ask(store, ben, { type: 'open', name: 'One' })

    expect(full).toBe('full')
    expect(store.fetch(DIRECTORY_KEY)?.value.listings).toMatchObject([{ name: 'One', moderator: ben }])
  })

  it('does not let the network close a room', async () => {
    const closing = { type: 'close', room: DIRECTORY_KEY }

    expect(await directory.schema.mutation?.['~standard'].validate(closing)).toHaveProperty('issues')
  })
})

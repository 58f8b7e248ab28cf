import { createClient } from '@livestore-kv/client'
import type { ClientStore } from '@livestore-kv/client'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { directory, DIRECTORY_KEY, topic } from '../src/definitions.ts'
import type { TopicTypes } from '../src/definitions.ts'
import { TopicHold } from '../src/page/topic-hold.ts'
import { buildServer } from '../src/server/build-server.ts'

/** A moderator's topics, in two windows, and the key of their room. */
async function openRoom(): Promise<{
  key: string
  here: ClientStore<TopicTypes>
  there: ClientStore<TopicTypes>
}> {
  const app = await buildServer()
  onTestFinished(() => app.close())
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const token = JSON.stringify({ secret: 'a secret of one person alone', name: 'Ada' })
  const window = () => {
    const client = createClient({ url: `${url}/live`, token, definitions: [directory, topic], WebSocket })
    onTestFinished(() => client.close())
    return client
  }
  const here = window()
  await here.store(directory).mutate(DIRECTORY_KEY, { type: 'open', name: 'Tea' })
  const rooms = await app.livestore.store(directory).fetch(DIRECTORY_KEY)
  const key = rooms?.value.listings[0]?.room ?? ''
  return { key, here: here.store(topic), there: window().store(topic) }
}

describe('topic hold', () => {
  it('is let go although it is released while it is being taken', async () => {
    const { key, here, there } = await openRoom()
    const hold = new TopicHold(here, key)

    const taken = hold.take()
    await hold.release()
    await taken

    expect(hold.isTaken).toBe(false)
    await expect(new TopicHold(there, key).take()).resolves.toMatchObject({ key })
  })

  it('is asked for once, however often it is taken', async () => {
    const { key, here } = await openRoom()
    const hold = new TopicHold(here, key)

    const [one, other] = await Promise.all([hold.take(), hold.take()])

    expect(one).toBe(other)
    expect(hold.isTaken).toBe(true)
  })

  it('is still asked for when whoever held it lets it go', async () => {
    const { key, here, there } = await openRoom()
    const [mine, theirs] = [new TopicHold(here, key), new TopicHold(there, key)]
    await theirs.take()

    const taken = mine.take()
    mine.lose()
    const isAskedFor = mine.isTaken
    await theirs.release()
    await taken

    expect([isAskedFor, mine.isTaken]).toEqual([true, true])
  })

  it('can be taken again after it was refused', async () => {
    const { key, here, there } = await openRoom()
    const [mine, theirs] = [new TopicHold(here, key), new TopicHold(there, key)]
    await theirs.take()

    await expect(mine.take()).rejects.toMatchObject({ code: 'WAIT_TIMEOUT' })
    await theirs.release()

    await expect(mine.take()).resolves.toMatchObject({ key })
  })

  it('is taken anew by whoever goes on after it was lost', async () => {
    const { key, here } = await openRoom()
    const hold = new TopicHold(here, key)
    const first = await hold.take()
    await first.release()

    hold.lose()
    await hold.keep()

    expect(hold.isTaken).toBe(true)
    expect((await hold.take()).token).toBeGreaterThan(first.token)
  })
})

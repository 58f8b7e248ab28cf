import { describe, expect, it } from 'vitest'
import type { Metric } from '@livestore-kv/fastify-plugin'
import { memoryServer, settle } from './memory-server.ts'

const store = 'note'
const value = { text: 'hello', author: 'ada' }
const write = (text: string) => ({ type: 'write', text, author: '' })

/** A server, and what it measured. */
function measured(options: Parameters<typeof memoryServer>[0] = {}) {
  const metrics: Metric[] = []
  const server = memoryServer({ onMetric: (metric) => metrics.push(metric), ...options })
  const of = (name: Metric['name']) => metrics.filter((metric) => metric.name === name)
  const sum = (name: Metric['name']) => of(name).reduce((total, metric) => total + metric.value, 0)
  return { ...server, metrics, of, sum }
}

describe('onMetric', () => {
  it('counts connections, sessions and subscriptions up and down', async () => {
    const { connect, notes, sum, endpoint, of } = measured()
    const key = notes.init(value)
    const ada = await connect('ada')
    await ada.ask('watch', { store, key })
    const { topic } = await ada.ask('watchStore', { store })
    const names = ['connection', 'session', 'subscription'] as const
    const counts = () => names.map((name) => sum(`livestore.server.${name}.count`))

    const before = counts()
    await ada.ask('unwatch', { topic })
    const between = counts()
    endpoint.close()

    expect(before).toEqual([1, 1, 2])
    expect(between).toEqual([1, 1, 1])
    expect(counts()).toEqual([0, 0, 0])
    expect(of('livestore.server.subscription.count')[1]?.attributes).toEqual({
      'livestore.store': 'note',
      'livestore.subscription.type': 'listing',
    })
  })

  it('times each request by its type and outcome', async () => {
    const { connect, notes, of, clock } = measured()
    const key = notes.init(value)
    const ada = await connect('ada')
    const guard = notes.tryAcquire(key)

    const waiting = ada.post('acquire', { store, key })
    await settle()
    clock.advance(1_500)
    guard?.release()
    const granted = await ada.settled(waiting)
    const { token } = (granted as unknown as { result: { token: number } }).result
    await ada.request('mutate', { store, key, token, mutation: write('') })
    await ada.request('fetch', { store: 'nope', key })
    ada.sendRaw('{')
    await settle()

    expect(of('livestore.server.request.duration')).toMatchObject([
      {
        value: 1.5,
        unit: 's',
        attributes: { 'livestore.request.type': 'acquire', 'livestore.outcome': 'answer' },
      },
      { attributes: { 'livestore.request.type': 'mutate', 'livestore.outcome': 'refused' } },
      { attributes: { 'livestore.request.type': 'fetch', 'error.type': 'UNKNOWN_STORE' } },
      { attributes: { 'livestore.outcome': 'error', 'error.type': 'BAD_FRAME' } },
    ])
    expect(of('livestore.server.lock.wait_time')).toMatchObject([
      { value: 1.5, attributes: { 'livestore.store': 'note' } },
    ])
  })

  it('counts what is delivered, dropped and missed, and the bytes of it', async () => {
    const { connect, notes, sum, of, endpoint } = measured({ budgetBytes: 1_000 })
    const key = notes.init(value)
    const [ada, bob] = [await connect('ada'), await connect('bob')]
    const { topic } = await ada.ask('watch', { store, key })
    await bob.ask('watch', { store, key })

    await notes.mutate(key, { type: 'write', text: 'x', author: '' })
    await settle()
    const delivered = sum('livestore.server.update.delivered')
    ada.transport.pause()
    for (let change = 0; change < 10; change++)
      await notes.mutate(key, { type: 'write', text: 'x'.repeat(200), author: '' })
    await settle()
    ada.transport.resume()
    await settle()

    const lagged = ada.updates(topic).filter((update) => update.type === 'lagged')
    const bytes = [ada, bob]
      .flatMap(({ transport }) => transport.arrived)
      .reduce((all, { byteLength }) => all + byteLength, 0)
    expect(delivered).toBe(2)
    expect(of('livestore.server.update.missed').some((metric) => metric.value === lagged[0]?.missed)).toBe(
      true,
    )
    expect(sum('livestore.server.dropped')).toBe(endpoint.stats().dropped.budget)
    expect(of('livestore.server.dropped')[0]?.attributes).toEqual({ 'livestore.drop.reason': 'budget' })
    expect(
      of('livestore.server.network.io')
        .filter(
          ({ attributes }) =>
            'network.io.direction' in attributes && attributes['network.io.direction'] === 'transmit',
        )
        .reduce((all, metric) => all + metric.value, 0),
    ).toBe(bytes)
  })

  it('counts the connections that the server closed, by the code', async () => {
    const { connect, of } = measured()
    const ada = await connect('ada')

    ada.send({ type: 'hello', client: 'test' })

    expect(of('livestore.server.connection.closed')).toMatchObject([
      { attributes: { 'livestore.close.code': 4507 } },
    ])
  })

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('no exporter')
      },
    ],
    ['rejects', () => Promise.reject(new Error('no exporter'))],
  ])('that %s harms nobody, and is reported once', async (_, onMetric) => {
    const { connect, notes, errors } = memoryServer({ onMetric })
    const key = notes.init(value)
    const ada = await connect('ada')
    const { topic } = await ada.ask('watch', { store, key })

    await notes.mutate(key, { type: 'write', text: 'x', author: '' })
    await settle()

    expect(ada.updates(topic)).toMatchObject([{ version: 2 }])
    expect(errors).toEqual([new Error('no exporter')])
  })
})

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'

/** Commands that one pipeline carries; the figures are per command. */
export const PIPELINED = 100

export const NO_REDIS =
  'redis is skipped: there is no redis-server on this machine (apt-get install redis-server)'

/** A redis of our own on a free port of the loopback, without persistence, in a folder of its own. */
export class RedisServer implements AsyncDisposable {
  readonly client: Redis
  readonly #process: ChildProcess
  readonly #folder: string

  private constructor(process: ChildProcess, folder: string, client: Redis) {
    this.#process = process
    this.#folder = folder
    this.client = client
  }

  /** `undefined` when this machine has no redis-server. */
  static async start(): Promise<RedisServer | undefined> {
    const folder = await mkdtemp(join(tmpdir(), 'livestore-bench-redis-'))
    const port = await freePort()
    const options = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '']
    const server = spawn('redis-server', options, { stdio: 'ignore' })
    // Ends with this process even where that process fails.
    process.once('exit', () => server.kill())
    try {
      await once(server, 'spawn')
    } catch {
      await rm(folder, { recursive: true })
      return undefined
    }
    const client = new Redis({ port, host: '127.0.0.1', retryStrategy: () => 20, maxRetriesPerRequest: null })
    // Refused until it listens; every command waits for that.
    client.on('error', () => undefined)
    await client.ping()
    return new RedisServer(server, folder, client)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.disconnect()
    const ended = once(this.#process, 'exit')
    this.#process.kill()
    await ended
    await rm(this.#folder, { recursive: true, force: true })
  }

  /** Sends one command per item, {@link PIPELINED} at a time. */
  async pipelined<T>(items: Iterable<T>, add: (pipeline: Pipeline, item: T) => void): Promise<void> {
    let pipeline = this.client.pipeline()
    for (const item of items) {
      add(pipeline, item)
      if (pipeline.length < PIPELINED) continue
      await pipeline.exec()
      pipeline = this.client.pipeline()
    }
    await pipeline.exec()
  }

  /** What its data takes, in bytes. */
  async usedMemory(): Promise<number> {
    const info = await this.client.info('memory')
    return Number(/^used_memory:(\d+)/m.exec(info)?.[1])
  }
}

type Pipeline = ReturnType<Redis['pipeline']>

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('the loopback gave no port')
  return address.port
}

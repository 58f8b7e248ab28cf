import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { ServerName, ServerQuestion } from './server-process.ts'

const SERVER = fileURLToPath(new URL('server-process.js', import.meta.url))

export interface RemoteServerOptions {
  readonly name: ServerName
  /** How long its texts are. */
  readonly textBytes: number
}

/** A server in a process of its own. */
export class RemoteServer implements AsyncDisposable {
  readonly port: number
  readonly #process: ChildProcess
  readonly #control: Socket

  private constructor(process: ChildProcess, control: Socket, port: number) {
    this.#process = process
    this.#control = control
    this.port = port
  }

  static async start({ name, textBytes }: RemoteServerOptions): Promise<RemoteServer> {
    const child = fork(SERVER, [name, String(textBytes)], {
      execArgv: ['--expose-gc', ...profiling(name)],
      env: { ...process.env, NODE_ENV: 'production' },
    })
    // `server-process.ts` says this first.
    const [{ port, controlPort }] = (await once(child, 'message')) as [{ port: number; controlPort: number }]
    const control = connect(controlPort, '127.0.0.1').setNoDelay()
    await once(control, 'connect')
    return new RemoteServer(child, control, port)
  }

  /** Has it tell everybody `count` texts in one tick; at most 255. */
  burst(count: number): void {
    this.#control.write(Buffer.from([count]))
  }

  async ask(question: ServerQuestion): Promise<number> {
    this.#process.send(question)
    // One question at a time, each with one answer.
    const [answer] = (await once(this.#process, 'message')) as [number]
    return answer
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#control.destroy()
    const ended = once(this.#process, 'exit')
    this.#process.disconnect()
    await ended
  }
}

/** `BENCH_CPU_PROF=folder` writes there what each server spends its time on. */
function profiling(name: string): readonly string[] {
  const folder = process.env['BENCH_CPU_PROF']
  return folder === undefined
    ? []
    : [
        '--cpu-prof',
        `--cpu-prof-dir=${folder}`,
        `--cpu-prof-name=${name.replaceAll(' ', '-')}-${Date.now()}.cpuprofile`,
      ]
}

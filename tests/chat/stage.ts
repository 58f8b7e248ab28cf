import type { AddressInfo } from 'node:net'
import { buildServer } from '@livestore-kv/example-chat'
import type { ChatOptions } from '@livestore-kv/example-chat'
import { chromium } from 'playwright-core'
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { inject } from 'vitest'
import { Visitor } from './visitor.ts'

/** A running chat on a free port, and a browser to visit it with. */
export class Stage implements AsyncDisposable {
  readonly #options: ChatOptions
  readonly #browser: Browser
  #server: Awaited<ReturnType<typeof buildServer>>
  #port = 0

  private constructor(
    options: ChatOptions,
    browser: Browser,
    server: Awaited<ReturnType<typeof buildServer>>,
  ) {
    this.#options = options
    this.#browser = browser
    this.#server = server
  }

  static async open(options: ChatOptions = {}): Promise<Stage> {
    const browser = await chromium.connect(inject('browser'))
    const stage = new Stage(options, browser, await buildServer(options))
    await stage.start()
    return stage
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/`
  }

  /** Somebody of their own, with a browser that nobody used before. */
  async visit(
    name: string,
    options: BrowserContextOptions & { readonly url?: string } = {},
  ): Promise<Visitor> {
    const { url = this.url, ...context } = options
    const page = await (await this.#browser.newContext({ locale: 'en-GB', ...context })).newPage()
    page.setDefaultTimeout(10_000)
    const visitor = new Visitor(page)
    await page.goto(url)
    await visitor.introduce(name)
    return visitor
  }

  /** Ends the server; everything that it knew is gone. */
  async stop(): Promise<void> {
    await this.#server.close()
    this.#server = await buildServer(this.#options)
  }

  /** Starts it where it was before. */
  async start(): Promise<void> {
    await this.#server.listen({ host: '127.0.0.1', port: this.#port })
    // A server that listens on TCP has such an address.
    this.#port = (this.#server.server.address() as AddressInfo).port
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close()
    await this.#server.close()
  }
}

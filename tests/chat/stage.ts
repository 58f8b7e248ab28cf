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

  /** Somebody whom the page does not know yet, with a browser of their own. */
  async welcome(url = this.url, options: BrowserContextOptions = {}): Promise<Visitor> {
    const context = await this.#browser.newContext({ locale: 'en-GB', reducedMotion: 'reduce', ...options })
    const page = await context.newPage()
    page.setDefaultTimeout(10_000)
    await page.goto(url)
    return new Visitor(page)
  }

  /** Somebody who gave their name at an earlier visit. */
  visit(name: string, options: BrowserContextOptions & { readonly url?: string } = {}): Promise<Visitor> {
    const { url = this.url, ...context } = options
    const { origin } = new URL(url)
    const origins = [{ origin, localStorage: [{ name: 'name', value: name }] }]
    return this.welcome(url, { ...context, storageState: { cookies: [], origins } })
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

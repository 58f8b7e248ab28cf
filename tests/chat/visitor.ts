import type { Locator, Page } from 'playwright-core'

/** One person in front of the page; finds things as a person does: by their roles and names. */
export class Visitor {
  readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  get draft(): Locator {
    return this.page.getByRole('textbox', { name: 'Message', exact: true })
  }

  get messages(): Locator {
    return this.page.getByRole('log').getByRole('listitem')
  }

  get heading(): Locator {
    return this.page.getByRole('heading', { level: 1 })
  }

  /** Who is in the room, as it is read. */
  async here(): Promise<string[]> {
    const items = await this.page.getByRole('list', { name: 'Who is here' }).getByRole('listitem').all()
    return Promise.all(
      items.map(async (item) =>
        (await item.locator('> :not(.avatar, [hidden])').allTextContents()).join(' '),
      ),
    )
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name, exact: true })
  }

  message(text: string): Locator {
    return this.messages.filter({ hasText: text })
  }

  /** What was said, as it is read. */
  async said(): Promise<string[]> {
    return this.page.locator('.message .text').allTextContents()
  }

  /** Opens a room and answers its link. */
  async openRoom(name: string): Promise<string> {
    await this.page.getByRole('textbox', { name: 'Open a room' }).fill(name)
    const before = this.page.url()
    await this.button('Open').click()
    await this.page.waitForURL((url) => url.href !== before)
    await this.draft.waitFor()
    return this.page.url()
  }

  /** Sends it, and waits for nothing. */
  async post(text: string): Promise<void> {
    await this.draft.fill(text)
    await this.draft.press('Enter')
  }

  async say(text: string): Promise<void> {
    await this.post(text)
    await this.message(text).waitFor()
  }

  /** Goes by another name from now on. */
  async rename(name: string): Promise<void> {
    await this.button('Change').click()
    await this.page.getByRole('textbox', { name: 'Your name' }).fill(name)
    await this.button('Come in').click()
  }

  /** What is wrong, as it is read out. */
  async complaints(): Promise<string> {
    return (await this.page.getByRole('alert').allTextContents()).join('')
  }

  /** The same person in another tab. */
  async inAnotherTab(url: string): Promise<Visitor> {
    const other = new Visitor(await this.page.context().newPage())
    await other.page.goto(url)
    return other
  }

  /** The close of the tab, as its visitor does it. */
  async leave(): Promise<void> {
    await this.page.close({ runBeforeUnload: true })
  }
}

import { setTimeout as pass } from 'node:timers/promises'
import { expect } from 'vitest'
import { Line } from './line.ts'
import { screenshot } from './screenshot.ts'
import { Stage } from './stage.ts'
import type { Visitor } from './visitor.ts'

/** What two people see when the line of one of them was cut for `cutMs` while both went on talking. */
export async function talkOverACut(cutMs: number): Promise<{
  readonly seen: { readonly ada: string[]; readonly ben: string[] }
  readonly said: string[]
}> {
  await using stage = await Stage.open()
  const ada = await stage.visit('Ada')
  const { pathname } = new URL(await ada.openRoom('Tea time'))
  await using line = await Line.to(stage.url)
  const phone = { viewport: { width: 390, height: 780 }, colorScheme: 'dark' } as const
  const ben = await stage.visit('Ben', { ...phone, url: new URL(pathname, line.url).href })
  await ada.say('Before')
  await ben.message('Before').waitFor()

  // It arrives, and its answer does not.
  line.hush()
  await ben.post('On its way')
  await ada.message('On its way').waitFor()
  line.cut()
  const mended = pass(cutMs)
  await ben.page.getByText(/The connection is lost\..*Trying again in \d+ s/).waitFor()
  await ben.say('Anybody there?')
  await ada.say('Meanwhile')
  await ben.say('Hello?')
  const offline = await ben.said()
  const sending = await unconfirmed(ben)
  await ben.page.screenshot({ path: screenshot('cut') })
  await mended
  line.mend()

  await ben.page.getByText('Connected again.').waitFor({ timeout: 30_000 })
  await ben.message('Meanwhile').waitFor()
  await ben.say('There you are')
  await ada.message('There you are').waitFor()
  await expect.poll(() => unconfirmed(ben)).toEqual([])

  expect(offline).toEqual(['Before', 'On its way', 'Anybody there?', 'Hello?'])
  expect(sending).toEqual(expect.arrayContaining(['Anybody there?', 'Hello?']))
  return {
    seen: { ada: await ada.said(), ben: await ben.said() },
    said: ['Before', 'On its way', 'Anybody there?', 'Meanwhile', 'Hello?', 'There you are'],
  }
}

/** What is dimmed. */
function unconfirmed(visitor: Visitor): Promise<string[]> {
  return visitor.page.locator('.message.sending .text').allTextContents()
}

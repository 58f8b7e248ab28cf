import { describe, expect, it } from 'vitest'
import { talkOverACut } from './cut.ts'
import { Line } from './line.ts'
import { Stage } from './stage.ts'

describe('the connection', () => {
  it('loses and doubles nothing over a cut of 3 s, and says how it is', async () => {
    const { seen, said } = await talkOverACut(3_000)

    expect(seen.ben).toEqual(seen.ada)
    expect([...seen.ada].sort()).toEqual([...said].sort())
  })

  it('says that the machine is offline, and comes back as soon as it is not', async () => {
    await using stage = await Stage.open()
    await using line = await Line.to(stage.url)
    const ada = await stage.visit('Ada', { url: line.url })
    await ada.page.getByText('None yet.').waitFor()

    await ada.page.context().setOffline(true)
    line.cut()
    await ada.page.getByText(/You are offline\./).waitFor()
    line.mend()
    await ada.page.context().setOffline(false)
    await ada.page.getByText('Connected again.').waitFor()

    expect(await ada.page.getByText('None yet.').isVisible()).toBe(true)
  })

  it('is told once to whoever listens, however long the countdown goes on', async () => {
    await using stage = await Stage.open()
    await using line = await Line.to(stage.url)
    const ada = await stage.visit('Ada', { url: line.url })
    await ada.page.getByText('None yet.').waitFor()
    const shown = ada.page.locator('#status-wait')
    await ada.page.evaluate(() => {
      const spoken: string[] = []
      const heard = new MutationObserver((changes) => {
        for (const { target } of changes) {
          const element = target instanceof Element ? target : target.parentElement
          if (element && !element.closest('[aria-hidden=true], [hidden]'))
            spoken.push(element.textContent ?? '')
        }
        document.body.dataset['spoken'] = JSON.stringify(spoken)
      })
      const status = document.querySelector('[role=status]')
      if (status) heard.observe(status, { childList: true, characterData: true, subtree: true })
    })

    line.cut()
    const waits = new Set<string | null>()
    await expect.poll(async () => waits.add(await shown.textContent()).size).toBeGreaterThan(2)

    expect(JSON.parse((await ada.page.locator('body').getAttribute('data-spoken')) ?? '')).toEqual([
      'The connection is lost. Trying again',
    ])
  })

  it('keeps the draft, and says at once what a form cannot do, for as long as it cannot', async () => {
    await using stage = await Stage.open()
    await using line = await Line.to(stage.url)
    const ada = await stage.visit('Ada', { url: line.url })
    await ada.openRoom('Tea time')

    line.cut()
    await ada.page.getByText(/The connection is lost/).waitFor()
    await ada.draft.fill('Half a thought')
    await ada.button('Rename').click()
    const fields = [
      ada.page.getByRole('textbox', { name: 'Open a room' }),
      ada.page.getByRole('textbox', { name: 'Name of the room' }),
    ]
    for (const field of fields) {
      await field.fill('Coffee break')
      await field.press('Enter')
    }
    await ada.button('Slow mode').click()
    const complaints = ada.page.getByRole('alert').filter({ hasText: 'There was no connection.' })
    await expect.poll(() => complaints.count()).toBe(3)
    line.mend()
    await ada.page.getByText('Connected again.').waitFor()

    await expect.poll(() => complaints.count()).toBe(0)
    for (const field of fields) {
      expect(await field.inputValue()).toBe('Coffee break')
      expect(await field.getAttribute('aria-invalid')).toBe('false')
    }
    expect(await ada.draft.inputValue()).toBe('Half a thought')
    expect(await ada.page.getByRole('navigation').getByRole('link').allTextContents()).toHaveLength(1)
  })

  it('does not tell of whoever typed and posted meanwhile that they are typing', async () => {
    await using stage = await Stage.open()
    const ada = await stage.visit('Ada')
    const { pathname } = new URL(await ada.openRoom('Tea time'))
    await using line = await Line.to(stage.url)
    const ben = await stage.visit('Ben', { url: new URL(pathname, line.url).href })
    await ben.draft.waitFor()

    line.cut()
    await ben.page.getByText(/The connection is lost/).waitFor()
    await ben.say('Hello?')
    await ada.draft.pressSequentially('Meanwhile')
    await ada.draft.press('Enter')
    await ada.message('Meanwhile').waitFor()
    line.mend()
    await ben.message('Meanwhile').waitFor()

    expect(await ben.page.locator('#typing').textContent()).toBe('')
  })

  it('sends what was posted in a room that was left meanwhile', async () => {
    await using stage = await Stage.open()
    const ada = await stage.visit('Ada')
    const { pathname } = new URL(await ada.openRoom('Tea time'))
    await using line = await Line.to(stage.url)
    const ben = await stage.visit('Ben', { url: new URL(pathname, line.url).href })
    await ben.draft.waitFor()

    line.cut()
    await ben.page.getByText(/The connection is lost/).waitFor()
    await ben.say('See you')
    await ben.page.getByRole('link', { name: 'Livestore chat' }).click()
    await ben.page.getByRole('heading', { name: 'Pull up a chair' }).waitFor()
    line.mend()
    await ada.message('See you').waitFor()
    await ben.page.getByRole('link', { name: /Tea time/ }).click()
    await ben.message('See you').waitFor()

    expect(await ben.said()).toEqual(['See you'])
    await expect.poll(() => ben.page.locator('.message.sending').count()).toBe(0)
  })

  it('tells of a restarted server and which rooms are gone, and loses nothing that was written', async () => {
    await using stage = await Stage.open()
    const ada = await stage.visit('Ada')
    await ada.openRoom('Bird watchers')
    await ada.draft.fill('Half a bird')
    await ada.openRoom('Tea time')
    await ada.say('Soon gone')

    await stage.stop()
    await ada.page.getByText(/The connection is lost/).waitFor()
    await ada.say('Into the void')
    await ada.draft.fill('Half a thought')
    const meanwhile = await ada.said()
    await stage.start()

    await ada.page
      .getByText(/The server was restarted\. Gone with it: .*Bird watchers.* and .*Tea time/)
      .waitFor()
    await ada.page.getByRole('heading', { name: /Tea time.* has closed/ }).waitFor()
    await ada.button('Open it again').click()
    await ada.draft.waitFor()
    const tea = await ada.draft.inputValue()
    await ada.say('Here again')
    const said = await ada.said()
    await ada.openRoom('Bird watchers')

    expect(meanwhile).toEqual(['Soon gone', 'Into the void'])
    expect(tea).toBe('Into the void\nHalf a thought')
    expect(said).toEqual(['Here again'])
    expect(await ada.draft.inputValue()).toBe('Half a bird')
  })
})

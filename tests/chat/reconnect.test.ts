import { describe, expect, it } from 'vitest'
import { Line } from './line.ts'
import { Stage } from './stage.ts'

describe('the connection', () => {
  it('comes back by itself with what was missed, and the draft is still there', async () => {
    await using stage = await Stage.open()
    const ada = await stage.visit('Ada')
    const { pathname } = new URL(await ada.openRoom('Tea time'))
    await using line = await Line.to(stage.url)
    const ben = await stage.visit('Ben', { url: new URL(pathname, line.url).href })
    await ada.say('Before')
    await ben.message('Before').waitFor()

    line.cut()
    await ben.page.getByText(/The connection is lost/).waitFor()
    await ben.draft.fill('Half a thought')
    await ben.draft.press('Enter')
    await ben.page.getByText('There is no connection. What you wrote is still here').waitFor()
    await ada.say('Meanwhile')
    line.mend()

    await ben.message('Meanwhile').waitFor()
    expect(await ben.said()).toEqual(['Before', 'Meanwhile'])
    expect(await ben.draft.inputValue()).toBe('Half a thought')
    await ben.draft.press('Enter')
    await ada.message('Half a thought').waitFor()
  })

  it('tells of a restarted server, reconnects, and works on', async () => {
    await using stage = await Stage.open()
    const ada = await stage.visit('Ada')
    await ada.openRoom('Tea time')
    await ada.say('Soon gone')

    await stage.stop()
    await ada.page.getByText(/The connection is lost/).waitFor()
    const meanwhile = await ada.said()
    await stage.start()

    await ada.page.getByText('Connected again. The server was restarted').waitFor()
    await ada.page.getByRole('heading', { name: /Tea time.* has closed/ }).waitFor()
    await ada.button('Open it again').click()
    await ada.say('Here again')
    expect(meanwhile).toEqual(['Soon gone'])
    expect(await ada.said()).toEqual(['Here again'])
  })
})

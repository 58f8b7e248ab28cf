import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { describe, expect, inject, it } from 'vitest'

const MAIN = fileURLToPath(new URL('../../examples/chat/dist/server/main.js', import.meta.url))

describe('the built chat', () => {
  it('says where it is, serves the page under a strict policy, and ends at once with open tabs', async () => {
    const server = spawn(process.execPath, [MAIN], { env: { ...process.env, PORT: '0' }, stdio: 'pipe' })
    const ended = once(server, 'exit')
    const [line] = (await once(server.stdout, 'data')) as [Buffer]
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line.toString())?.[0] ?? ''
    const browser = await chromium.connect(inject('browser'))
    const page = await browser.newPage()
    const complaints: string[] = []
    page.on('console', (message) => void (message.type() === 'error' && complaints.push(message.text())))

    const response = await page.goto(url)
    await page.getByRole('textbox', { name: 'Your name' }).fill('Ada')
    await page.keyboard.press('Enter')
    await page.getByText('None yet.').waitFor()
    server.kill('SIGINT')
    const [code, signal] = await ended
    await browser.close()

    expect(response?.headers()['content-security-policy']).toContain("require-trusted-types-for 'script'")
    expect([code, signal]).toEqual([0, null])
    expect(complaints.filter((text) => !text.includes('WebSocket'))).toEqual([])
  })
})

import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the one browser of the run listens. */
    readonly browser: string
  }
}

const INSTALL = fileURLToPath(new URL('../../scripts/install-services.mjs', import.meta.url))
const PAGE = fileURLToPath(new URL('../../examples/chat/dist/page/index.html', import.meta.url))
/** Debian's chromium without a window's worth of browser around it: less than half the work for the same page. */
const CHROMIUM = 'chromium-headless-shell'

/** Starts the browser once for all files. */
export default async function startBrowser(project: TestProject): Promise<() => Promise<void>> {
  if (!existsSync(PAGE)) throw new Error('the chat is not built: run `npx -y pnpm@12.21.0 build` first')
  execFileSync(process.execPath, [INSTALL, CHROMIUM], { stdio: 'inherit' })
  const browser = await chromium.launchServer({
    executablePath: `/usr/bin/${CHROMIUM}`,
    args: [
      // The tests may run as root, where chromium has no sandbox of its own.
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
  project.provide('browser', browser.wsEndpoint())
  return () => browser.close()
}

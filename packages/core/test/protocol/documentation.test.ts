import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { CloseCode, parseClientFrames, parseServerFrames, retryOf } from '@livestore-kv/core/protocol'
import type { WireErrorCode } from '@livestore-kv/core/protocol'

const page = readFileSync(new URL('../../../../docs/protocol.md', import.meta.url), 'utf8')

/** The examples in fences of that kind, each as one line. */
function examples(kind: string): string[] {
  return [...page.matchAll(new RegExp(`\`\`\`json ${kind}\\n(.*?)\`\`\``, 'gs'))].map(([, text]) =>
    JSON.stringify(JSON.parse(text ?? '')),
  )
}

function typeOf(frame: string): string {
  return String(JSON.parse(frame).type)
}

describe('docs/protocol.md', () => {
  it.each(examples('client'))('shows a frame that a client may send: %s', (example) => {
    expect(parseClientFrames(example)).toEqual([{ ok: true, value: JSON.parse(example) }])
  })

  it.each(examples('server'))('shows a frame that a server sends: %s', (example) => {
    expect(parseServerFrames(example)).toEqual([{ ok: true, value: JSON.parse(example) }])
  })

  it('shows every frame of a client', () => {
    expect(new Set(examples('client').map(typeOf))).toEqual(
      new Set(
        'hello pong init create fetch watch watchStore unwatch mutate broadcast acquire renew release remove cancel assign insert refresh enter leave'.split(
          ' ',
        ),
      ),
    )
  })

  it('shows every frame and every update of a server', () => {
    const shown = examples('server')
    const updates = shown.filter((frame) => typeOf(frame) === 'update')

    expect(new Set(shown.map(typeOf))).toEqual(
      new Set(['welcome', 'ping', 'answer', 'refused', 'error', 'update', 'drain']),
    )
    expect(new Set(updates.map((frame) => JSON.parse(frame).update.type))).toEqual(
      new Set(
        'create mutate overwrite remove message lock unlock deadline lagged mutation snapshot revoked'.split(
          ' ',
        ),
      ),
    )
  })

  it('lists every close code, and no other', () => {
    const section = page.slice(page.indexOf('## Close codes'))
    const listed = [...section.matchAll(/^\| (\d{4}) \|/gm)].map(([, code]) => Number(code))

    expect(new Set(listed)).toEqual(new Set(Object.values(CloseCode)))
  })

  it('says of every error what to do about it', () => {
    const section = page.slice(page.indexOf('## Errors'), page.indexOf('## Close codes'))
    const listed = [...section.matchAll(/^\| `([A-Z_]+)` \| (\w+) \|/gm)]

    expect(listed).toHaveLength(24)
    // What the table names is looked up as a code.
    for (const [, code, retry] of listed) expect(retryOf(code as WireErrorCode)).toBe(retry)
  })
})

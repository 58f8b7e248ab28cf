import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const IMPORT = /(?:from|import) ?\(?'([^']+)'|(?:types|path)="([^"]+)"/g

/** What `file` and all of its own modules import from other packages, types included. */
function packagesOf(file: URL, seen = new Set<string>()): Set<string> {
  const packages = new Set<string>()
  seen.add(file.href)
  for (const [, specifier = '', reference = ''] of readFileSync(file, 'utf8').matchAll(IMPORT)) {
    const name = specifier || reference
    const next = new URL(name, file)
    if (!name.startsWith('.')) packages.add(name)
    else if (!seen.has(next.href)) packagesOf(next, seen).forEach((each) => packages.add(each))
  }
  return packages
}

describe('the endpoint', () => {
  it('knows nothing of Fastify: neither a module that it loads nor a type that it has', () => {
    const endpoint = [...packagesOf(new URL('../src/create-endpoint.ts', import.meta.url))]
    const plugin = [...packagesOf(new URL('../src/index.ts', import.meta.url))]

    expect(endpoint).toContain('@livestore-kv/core')
    expect(endpoint.filter((name) => name.includes('fastify'))).toEqual([])
    expect(plugin.filter((name) => name.includes('fastify')).sort()).toEqual([
      '@fastify/error',
      '@fastify/websocket',
      'fastify',
      'fastify-plugin',
    ])
  })
})

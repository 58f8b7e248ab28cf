import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vitest/config'
import { seededBugs } from './seeded-bugs.ts'

const src = fileURLToPath(new URL('../../src/', import.meta.url))

/**
 * Serves `packages/actors/src` a second time for every `?bug=<name>`, with that bug in it: whatever such a module
 * imports of its own package carries the bug too.
 */
export function seededBugsPlugin(): Plugin {
  const bugOf = (id: string | undefined): string | undefined => id?.split('?bug=')[1]

  return {
    name: 'seeded-bugs',
    enforce: 'pre',
    async resolveId(source, importer) {
      const bug = bugOf(importer)
      if (bug === undefined || !source.startsWith('./')) return undefined
      const resolved = await this.resolve(source, importer?.split('?')[0], { skipSelf: true })
      return resolved && `${resolved.id}?bug=${bug}`
    },
    transform(code, id) {
      const bug = seededBugs[bugOf(id) ?? '']
      if (bug === undefined || !id.startsWith(`${src}${bug.file}?`)) return undefined
      return code.replace(bug.find, () => bug.replace)
    },
  }
}

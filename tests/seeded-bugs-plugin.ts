import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vitest/config'

/** A fault that tests must notice: one small change of one source file. */
interface SeededBug {
  /** Within `src`. */
  readonly file: string
  readonly find: string
  readonly replace: string
}

/**
 * Serves the source of `packages/<name>` a second time for every `?bug=<name of a bug>`, with that bug in it: whatever
 * such a module imports of its own package carries the bug too.
 */
export function seededBugsPlugin(
  bugsByPackage: Readonly<Record<string, Readonly<Record<string, SeededBug>>>>,
): Plugin {
  const sources = Object.entries(bugsByPackage).map(([name, bugs]) => {
    const src = fileURLToPath(new URL(`../packages/${name}/src/`, import.meta.url))
    return { src, bugs }
  })
  const bugOf = (id: string | undefined): string | undefined => id?.split('?bug=')[1]

  return {
    name: 'seeded-bugs',
    enforce: 'pre',
    async resolveId(source, importer) {
      const bug = bugOf(importer)
      if (bug === undefined || !source.startsWith('.')) return undefined
      const resolved = await this.resolve(source, importer?.split('?')[0], { skipSelf: true })
      return resolved && `${resolved.id}?bug=${bug}`
    },
    transform(code, id) {
      const bug = bugOf(id)
      if (bug === undefined) return undefined
      for (const { src, bugs } of sources) {
        const seeded = bugs[bug]
        if (seeded && id.startsWith(`${src}${seeded.file}?`))
          return code.replace(seeded.find, () => seeded.replace)
      }
      return undefined
    },
  }
}

import { readdir } from 'node:fs/promises'
import { existsSync } from 'node:fs'

const root = new URL('../../', import.meta.url)

/** Every page of documentation by its path from the root of the repository. */
export async function documentationPages(): Promise<ReadonlyMap<string, URL>> {
  const docs = await readdir(new URL('docs/', root), { recursive: true })
  const packages = await readdir(new URL('packages/', root))
  const paths = [
    'README.md',
    ...docs
      .filter((path) => path.endsWith('.md') && !path.includes('node_modules'))
      .map((path) => `docs/${path}`),
    ...packages.map((name) => `packages/${name}/README.md`),
  ]
  const pages = paths.map((path) => [path, new URL(path, root)] as const)
  return new Map(pages.filter(([, url]) => existsSync(url)))
}

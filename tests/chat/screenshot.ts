import { fileURLToPath } from 'node:url'

/** Where the picture of that name is left, to be looked at. */
export function screenshot(name: string): string {
  return fileURLToPath(new URL(`../screenshots/${name}.png`, import.meta.url))
}

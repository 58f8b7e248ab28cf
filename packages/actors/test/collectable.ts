import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
/** Runs the garbage collector: what the flag defines in every context made after it. */
export const collectGarbage = runInNewContext('gc') as () => void

/** Whether nothing keeps alive what `make` makes, once it has returned. */
export async function isCollectable(make: () => object | Promise<object>): Promise<boolean> {
  const reference = new WeakRef(await make())
  for (let turn = 0; turn < 5; turn++) {
    // The engine keeps what a WeakRef was asked for until the end of the turn.
    await new Promise((resolve) => setImmediate(resolve))
    collectGarbage()
    if (reference.deref() === undefined) return true
  }
  return false
}

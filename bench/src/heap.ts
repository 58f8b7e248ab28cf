/** Bytes that are alive after a full collection. */
export function liveBytes(): number {
  // The second one collects what the first one's finalizers let go.
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

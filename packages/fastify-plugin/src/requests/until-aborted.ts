/** What `work` comes to, or the reason of `signal` as soon as that aborts: `work` goes on, and nobody hears of it. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    // As whoever aborted it gave it.
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors
    const abort = (): void => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

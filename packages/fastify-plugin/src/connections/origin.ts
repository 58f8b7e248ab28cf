/**
 * Whether a browser's page at `origin` may connect to `host`: pages of the same host always, and those that are
 * listed. What sends no `Origin` is no browser, and no other site can make it connect.
 */
export function isAllowedOrigin(
  origin: string | undefined,
  host: string | undefined,
  allowed: ReadonlySet<string>,
): boolean {
  if (origin === undefined || allowed.has(origin)) return true
  try {
    // The scheme is left out: behind a proxy that ends TLS, this server does not know its own.
    return new URL(origin).host === host
  } catch {
    return false
  }
}

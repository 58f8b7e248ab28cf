/** Where a client is with its server. */
export type ClientStatus =
  | { readonly phase: 'connecting' }
  | {
      readonly phase: 'online'
      /** Who the server says we are. */
      readonly user: string
      /**
       * Definitions that the server does not serve, or in another revision: nothing is predicted with them, and an
       * application does well to ask for a reload.
       */
      readonly outdated: readonly string[]
    }
  /** Lost; it tries again at `retryAt` (milliseconds since 1970, by this machine's clock). */
  | { readonly phase: 'waiting'; readonly retryAt: number }
  /** The server closed it for good, with this code; `connect()` tries again. */
  | { readonly phase: 'ended'; readonly code: number; readonly reason: string }
  /** By `close()`. */
  | { readonly phase: 'closed' }

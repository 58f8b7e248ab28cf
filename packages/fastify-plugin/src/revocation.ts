/** Whose, or which, subscriptions an application ends. */
export type Revocation =
  /** Every session of a user: each is closed with 4010, and `authenticate` decides who comes back. */
  | { readonly userId: string }
  /** One session, as its client names it: closed the same way. */
  | { readonly session: string }
  /** Everybody's subscriptions to one entry; the sessions go on. */
  | { readonly store: string; readonly key: string }

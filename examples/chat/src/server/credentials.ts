import { createHash } from 'node:crypto'
import * as v from 'valibot'
import { LIMITS } from '../definitions.ts'
import type { Person } from '../definitions.ts'
import { cleanName, flawOf } from '../text.ts'

const credentials = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    secret: v.pipe(v.string(), v.minLength(24), v.maxLength(256)),
    name: v.pipe(
      v.string(),
      v.transform(cleanName),
      v.check((name) => flawOf(name, LIMITS.personName) === undefined),
    ),
  }),
)

/**
 * Whom a token speaks for; `undefined` if for nobody. There are no accounts: whoever knows a secret is its person, and
 * the public id, which is made from it, gives nothing of it away.
 */
export function personOf(token: string | undefined): Person | undefined {
  const parsed = v.safeParse(credentials, token)
  if (!parsed.success) return undefined
  const { secret, name } = parsed.output
  return { id: createHash('sha256').update(secret).digest('base64url').slice(0, 22), name }
}

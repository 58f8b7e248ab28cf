import { createClient } from '@livestore-kv/client'
import { createEndpoint } from '@livestore-kv/fastify-plugin/endpoint'

/** What a simulation is about: the real ones, or others with a bug in them. */
export interface Parts {
  readonly createClient: typeof createClient
  readonly createEndpoint: typeof createEndpoint
}

export const parts: Parts = { createClient, createEndpoint }

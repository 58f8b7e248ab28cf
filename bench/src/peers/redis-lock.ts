import type { RedisServer } from './redis-server.ts'

const LEASE_MS = 30_000

/** The usual lock on one redis: asks again at once while somebody else holds it. */
export async function acquireInRedis({ client }: RedisServer, key: string, token: string): Promise<void> {
  while ((await client.set(`lock:${key}`, token, 'PX', LEASE_MS, 'NX')) !== 'OK');
}

/** Deletes the lock if it is still the one of `token`. */
export async function releaseInRedis({ client }: RedisServer, key: string, token: string): Promise<void> {
  await client.eval(
    `if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end`,
    1,
    `lock:${key}`,
    token,
  )
}

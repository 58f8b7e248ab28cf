/** A fault that the tests must notice: one small change of one source file. */
export interface SeededBug {
  /** Within `src`. */
  readonly file: string
  readonly find: string
  readonly replace: string
  /** The number of the guarantee whose tests must fail. */
  readonly breaks: number
  /** Whether random interleavings notice it too. */
  readonly interleavings: boolean
}

/** The seeded bugs by name; the text to find is kept short, and a test says so when it is gone. */
export const seededBugs: Readonly<Record<string, SeededBug>> = {
  'a-skipped-queue': {
    file: 'turns.ts',
    find: '|| !activity.isTaken',
    replace: '|| activity.isTaken',
    breaks: 2,
    interleavings: true,
  },
  'a-turn-in-the-middle-of-a-telling': {
    file: 'turns.ts',
    find: ' && !this.#context.teller.telling',
    replace: '',
    breaks: 6,
    interleavings: false,
  },
  'last-come-first-served': {
    file: 'mailbox.ts',
    find: 'const waiter = this.#first',
    replace: 'const waiter = this.#last',
    breaks: 1,
    interleavings: true,
  },
  'an-old-token-accepted': {
    file: 'turns.ts',
    find: 'guard?.token === options.token',
    replace: 'guard?.token !== undefined',
    breaks: 2,
    interleavings: true,
  },
  'a-token-that-does-not-grow': {
    file: 'store-context.ts',
    find: '++this.#token',
    replace: '(this.#token ||= 1)',
    breaks: 1,
    interleavings: true,
  },
  'a-release-that-wakes-two': {
    file: 'turns.ts',
    find: 'while (activity?.guard === undefined && actor',
    replace: 'while (actor',
    breaks: 1,
    interleavings: true,
  },
  'a-lease-that-never-ends': {
    file: 'entry-guard.ts',
    find: 'this.#lease.set(clock.now() + leaseMs)',
    replace: 'this.#lease.set(clock.now() + leaseMs * 1e6)',
    breaks: 2,
    interleavings: true,
  },
  'a-refusal-that-touches': {
    file: 'entry-actor.ts',
    find: 'if (!result.ok) return result',
    replace: 'if (!result.ok) return ((this.wakeUp().touchedAt = context.options.clock.now()), result)',
    breaks: 3,
    interleavings: true,
  },
  'a-handler-that-may-call-its-store': {
    file: 'store-context.ts',
    find: 'if (this.#handling)',
    replace: 'if (this.#handling && this.closed)',
    breaks: 3,
    interleavings: false,
  },
  'a-waiter-leaked-to-the-next-incarnation': {
    file: 'shard-supervisor.ts',
    find: 'turns.end(activity, (waiter) => waiter.end())',
    replace: 'turns.end(activity, () => undefined)',
    breaks: 4,
    interleavings: true,
  },
  'an-insert-that-loses-its-value': {
    file: 'store.ts',
    find: 'return this.insert(canonical, value, {',
    replace: 'return Promise.resolve(undefined); void ({',
    breaks: 4,
    interleavings: true,
  },
  'a-lag-uncounted': {
    file: 'watch.ts',
    find: 'this.#miss(lost)',
    replace: 'void lost',
    breaks: 5,
    interleavings: true,
  },
  'a-final-remove-lost': {
    file: 'watch.ts',
    find: "update.type === 'remove' && ",
    replace: "update.type === 'create' && ",
    breaks: 5,
    interleavings: true,
  },
  'a-listener-that-fails-its-writer': {
    file: 'store-context.ts',
    find: 'this.reportError(error)\n    }',
    replace: 'throw error\n    }',
    breaks: 5,
    interleavings: false,
  },
  'a-telling-inside-a-telling': {
    file: 'teller.ts',
    find: 'if (this.#telling) return',
    replace: '',
    breaks: 6,
    interleavings: false,
  },
  'a-sweep-inverted': {
    file: 'shard-supervisor.ts',
    find: '?? Infinity) > now',
    replace: '?? Infinity) <= now',
    breaks: 7,
    interleavings: true,
  },
  'expiry-of-a-held-entry': {
    file: 'shard-supervisor.ts',
    find: '> now || activity?.guard)',
    replace: '> now)',
    breaks: 2,
    interleavings: true,
  },
  'a-sweep-that-stops': {
    file: 'sweeper.ts',
    find: '.isEmpty)) this.schedule()',
    replace: '.isEmpty)) void left',
    breaks: 7,
    interleavings: true,
  },
  'an-overwrite-that-keeps-the-ttl': {
    file: 'entry-actor.ts',
    find: 'this.activity.expiresAt = undefined',
    replace: 'this.activity.touchedAt = undefined',
    breaks: 7,
    interleavings: true,
  },
  'expired-told-twice': {
    file: 'sweeper.ts',
    find: 'this.#context.call(hear, expired)',
    replace: 'this.#context.call(hear, [...expired, ...expired])',
    breaks: 7,
    interleavings: true,
  },
  'a-wait-without-end': {
    file: 'line.ts',
    find: 'this.#clock.now() + this.timeoutMs',
    replace: 'this.#clock.now() + this.timeoutMs * 1e6',
    breaks: 9,
    interleavings: true,
  },
  'a-mailbox-without-bound': {
    file: 'turns.ts',
    find: 'waiting >= limits.mailboxCapacity',
    replace: 'waiting > limits.mailboxCapacity + 99',
    breaks: 9,
    interleavings: true,
  },
  'a-deaf-cancel': {
    file: 'waiter.ts',
    find: "addEventListener('abort', leave",
    replace: "addEventListener('abort', () => undefined",
    breaks: 9,
    interleavings: true,
  },
  'a-closed-store-that-writes': {
    file: 'store-context.ts',
    find: 'if (this.closed) throw',
    replace: 'if (this.closed && this.count < 0) throw',
    breaks: 12,
    interleavings: false,
  },
}

/** A fault that the tests must notice: one small change of one source file. */
export interface SeededBug {
  /** Within `src`. */
  readonly file: string
  readonly find: string
  readonly replace: string
  /** The number of the guarantee whose tests must fail. */
  readonly breaks: number
  /** The property that notices it too, where one does. */
  readonly property?: 'interleavings' | 'listeners'
}

/** The seeded bugs by name; the text to find is kept short, and a test says so when it is gone. */
export const seededBugs: Readonly<Record<string, SeededBug>> = {
  'a-skipped-queue': {
    file: 'turns/turns.ts',
    find: '|| !activity.isTaken',
    replace: '|| activity.isTaken',
    breaks: 2,
    property: 'interleavings',
  },
  'a-turn-in-the-middle-of-a-telling': {
    file: 'turns/turns.ts',
    find: ' && !this.#context.teller.telling',
    replace: '',
    breaks: 6,
  },
  'last-come-first-served': {
    file: 'turns/mailbox.ts',
    find: 'const waiter = this.#first',
    replace: 'const waiter = this.#last',
    breaks: 1,
    property: 'interleavings',
  },
  'an-old-token-accepted': {
    file: 'turns/turns.ts',
    find: 'guard?.token === options.token',
    replace: 'guard?.token !== undefined',
    breaks: 2,
    property: 'interleavings',
  },
  'a-token-that-does-not-grow': {
    file: 'store-context.ts',
    find: '++this.#token',
    replace: '(this.#token ||= 1)',
    breaks: 1,
    property: 'interleavings',
  },
  'a-release-that-wakes-two': {
    file: 'turns/turns.ts',
    find: 'while (activity?.guard === undefined && actor',
    replace: 'while (actor',
    breaks: 1,
    property: 'interleavings',
  },
  'a-lease-that-never-ends': {
    file: 'turns/entry-guard.ts',
    find: 'this.#lease.set(clock.now() + leaseMs)',
    replace: 'this.#lease.set(clock.now() + leaseMs * 1e6)',
    breaks: 2,
    property: 'interleavings',
  },
  'a-refusal-that-touches': {
    file: 'entries/entry-actor.ts',
    find: 'if (!result.ok) return result',
    replace: 'if (!result.ok) return ((this.wakeUp().touchedAt = context.options.clock.now()), result)',
    breaks: 3,
    property: 'interleavings',
  },
  'a-handler-that-may-call-its-store': {
    file: 'store-context.ts',
    find: 'if (this.shards.areHidden) throw',
    replace: 'if (this.shards.areHidden && this.closed) throw',
    breaks: 3,
  },
  'a-waiter-leaked-to-the-next-incarnation': {
    file: 'entries/shard-supervisor.ts',
    find: 'turns.end(activity, (waiter) => waiter.end())',
    replace: 'turns.end(activity, () => undefined)',
    breaks: 4,
    property: 'interleavings',
  },
  'an-insert-that-loses-its-value': {
    file: 'store.ts',
    find: 'return this.insert(canonical, value, {',
    replace: 'return Promise.resolve(undefined); void ({',
    breaks: 4,
    property: 'interleavings',
  },
  'a-lag-uncounted': {
    file: 'watches/watch.ts',
    find: 'this.#miss(lost)',
    replace: 'void lost',
    breaks: 5,
    property: 'interleavings',
  },
  'a-final-remove-lost': {
    file: 'watches/watch.ts',
    find: "update.type === 'remove' && ",
    replace: "update.type === 'create' && ",
    breaks: 5,
    property: 'interleavings',
  },
  'a-listener-that-fails-its-writer': {
    file: 'store-context.ts',
    find: 'this.reportError(error)\n    }',
    replace: 'throw error\n    }',
    breaks: 5,
  },
  'a-telling-inside-a-telling': {
    file: 'watches/teller.ts',
    find: 'if (this.#telling) return',
    replace: '',
    breaks: 6,
    property: 'listeners',
  },
  'a-sweep-inverted': {
    file: 'expiry/deadlines.ts',
    find: 'if (deadline <= now) return actor',
    replace: 'if (deadline > now) return actor; else continue',
    breaks: 7,
    property: 'interleavings',
  },
  'a-deadline-put-off-by-a-change': {
    file: 'entries/entry-actor.ts',
    find: 'if (activity?.expiresAt === undefined) actor.due',
    replace: 'actor.due',
    breaks: 7,
    property: 'interleavings',
  },
  'a-fresh-entry-filed-nowhere': {
    file: 'expiry/timing-wheel.ts',
    find: 'return node\n      this.#link(node)',
    replace: 'return node',
    breaks: 7,
    property: 'interleavings',
  },
  'a-shard-that-keeps-the-old-entry': {
    file: 'entries/entry-actor.ts',
    find: 'actor.shard.replace(old, actor.entry)',
    replace: '',
    breaks: 1,
    property: 'interleavings',
  },
  'expiry-of-a-held-entry': {
    file: 'entries/shard-supervisor.ts',
    find: 'if (activity?.guard) return true',
    replace: '',
    breaks: 2,
    property: 'interleavings',
  },
  'a-sweep-that-stops': {
    file: 'expiry/sweeper.ts',
    find: '.isEmpty)) this.schedule()',
    replace: '.isEmpty)) void looks',
    breaks: 7,
    property: 'interleavings',
  },
  'an-overwrite-that-keeps-the-ttl': {
    file: 'entries/entry-actor.ts',
    find: 'this.activity.expiresAt = undefined',
    replace: 'this.activity.touchedAt = undefined',
    breaks: 7,
    property: 'interleavings',
  },
  'expired-told-twice': {
    file: 'expiry/sweeper.ts',
    find: 'call(hear, batch)',
    replace: 'call(hear, [...batch, ...batch])',
    breaks: 7,
    property: 'interleavings',
  },
  'a-wait-without-end': {
    file: 'turns/line.ts',
    find: 'this.#clock.now() + this.timeoutMs',
    replace: 'this.#clock.now() + this.timeoutMs * 1e6',
    breaks: 9,
    property: 'interleavings',
  },
  'a-mailbox-without-bound': {
    file: 'turns/turns.ts',
    find: 'waiting >= limits.mailboxCapacity',
    replace: 'waiting > limits.mailboxCapacity + 99',
    breaks: 9,
    property: 'interleavings',
  },
  'a-deaf-cancel': {
    file: 'turns/waiter.ts',
    find: "addEventListener('abort', leave",
    replace: "addEventListener('abort', () => undefined",
    breaks: 9,
    property: 'interleavings',
  },
  'a-closed-store-that-writes': {
    file: 'store-context.ts',
    find: 'if (this.closed) throw',
    replace: 'if (this.closed && this.count < 0) throw',
    breaks: 12,
    property: 'interleavings',
  },
}

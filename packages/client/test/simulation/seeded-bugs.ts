/** A fault that the simulation must notice: one small change of one source file. */
interface SeededBug {
  /** Within `src`. */
  readonly file: string
  readonly find: string
  readonly replace: string
}

/** The seeded bugs by package and name; the text to find is kept short, and a test says so when it is gone. */
export const seededBugs = {
  'fastify-plugin': {
    'a-resume-off-by-one': {
      file: 'history.ts',
      find: 'const missing = this.#seq - seq',
      replace: 'const missing = Math.max(0, this.#seq - seq - 1)',
    },
    'a-history-that-overflowed-taken-for-whole': {
      file: 'history.ts',
      find: 'missing < 0 || missing > this.#told.length',
      replace: 'missing < 0',
    },
    'an-outcome-that-is-not-kept': {
      file: 'conversation.ts',
      find: 'outcomes.find(mid)',
      replace: 'outcomes.find(Infinity)',
    },
    'an-outcome-that-only-mutations-have': {
      file: 'conversation.ts',
      find: "'mid' in request ? request.mid",
      replace: "request.type === 'mutate' ? request.mid",
    },
    'a-lag-uncounted': {
      file: 'lag.ts',
      find: 'this.#missed += missed',
      replace: 'this.#missed ||= missed',
    },
    'a-lock-that-outlives-its-session': {
      file: 'session.ts',
      find: 'this.guards.close()',
      replace: '',
    },
    'two-outcomes-for-one-request': {
      file: 'conversation.ts',
      find: 'this.#send(frame)',
      replace: 'this.#send(frame), this.#send(frame)',
    },
    'a-snapshot-older-than-what-was-told': {
      file: 'entry-topic.ts',
      find: 'this.#entry = update.new',
      replace: "if (update.type === 'mutate') this.#entry = update.new",
    },
    'a-lock-kept-that-its-client-does-not-know': {
      file: 'guards.ts',
      find: 'if (known.has(name))',
      replace: 'if (known.has(name) || known)',
    },
    'a-session-that-is-never-forgotten': {
      file: 'sessions.ts',
      find: 'grace.start(graceMs)',
      replace: 'void graceMs',
    },
    'an-update-told-while-something-is-owed': {
      file: 'lag.ts',
      find: 'this.#missed > 0 || ',
      replace: '',
    },
    'a-last-word-left-out': {
      file: 'entry-subscription.ts',
      find: 'this.#outbox.push(frame)',
      replace: 'this.#lag?.offer(frame, update)',
    },
    'a-listing-that-forgets-what-it-held-back': {
      file: 'listing-subscription.ts',
      find: 'this.#held = [...left]',
      replace: 'this.#held = []',
    },
    'a-view-that-all-groups-share': {
      file: 'views.ts',
      find: 'JSON.stringify([name, group])',
      replace: 'name',
    },
    'a-view-that-shows-no-overwriting': {
      file: 'entry-form.ts',
      find: 'this.#tellChange(told, before, entry, this.view.hear(told.message))',
      replace: 'undefined',
    },
  },
  client: {
    'a-resend-under-a-new-mid': {
      file: 'request-queue.ts',
      find: '${body.slice(1)}`',
      replace: '${body.slice(1).replace(/"mid":\\d+/, `"mid":${id}`)}`',
    },
    'a-resend-without-a-mid': {
      file: 'session.ts',
      find: '{ ...fields, mid: ++this.#lastMid }',
      replace: "{ ...fields, ...(type === 'mutate' && { mid: ++this.#lastMid }) }",
    },
    'a-resend-to-a-session-that-does-not-know-it': {
      file: 'request-queue.ts',
      find: 'if (!resumed) this.#forgetSession()',
      replace: '',
    },
    'a-prediction-that-outlives-its-refusal': {
      file: 'live-entry.ts',
      find: 'else this.#predictions.drop(prediction)',
      replace: 'else void prediction',
    },
    'an-old-connection-that-is-still-read': {
      file: 'connection.ts',
      find: 'socket.onopen = socket.onmessage = socket.onclose = null',
      replace: '',
    },
    'a-lease-that-never-ends': {
      file: 'leases.ts',
      find: 'if (leftMs <= 0) this.lose()',
      replace: 'if (leftMs <= 0 || leftMs > 0) return',
    },
    'a-position-that-is-not-kept': {
      file: 'subscriptions.ts',
      find: 'position.seq = seq\n',
      replace: '\n',
    },
    'an-unsubscribed-topic-that-is-never-left': {
      file: 'subscriptions.ts',
      find: 'if (isShared || this',
      replace: 'if (isShared || topic > 0 || this',
    },
  },
} satisfies Readonly<Record<string, Readonly<Record<string, SeededBug>>>>

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
      file: 'topics/history.ts',
      find: 'const missing = this.#seq - seq',
      replace: 'const missing = Math.max(0, this.#seq - seq - 1)',
    },
    'a-history-that-overflowed-taken-for-whole': {
      file: 'topics/history.ts',
      find: 'missing < 0 || missing > this.#told.length',
      replace: 'missing < 0',
    },
    'an-outcome-that-is-not-kept': {
      file: 'requests/conversation.ts',
      find: 'outcomes.find(mid)',
      replace: 'outcomes.find(Infinity)',
    },
    'an-outcome-that-only-mutations-have': {
      file: 'requests/conversation.ts',
      find: "'mid' in request ? request.mid",
      replace: "request.type === 'mutate' ? request.mid",
    },
    'a-lag-uncounted': {
      file: 'topics/lag.ts',
      find: 'this.#missed += missed',
      replace: 'this.#missed ||= missed',
    },
    'a-lock-that-outlives-its-session': {
      file: 'sessions/session.ts',
      find: 'this.guards.close()',
      replace: '',
    },
    'two-outcomes-for-one-request': {
      file: 'requests/conversation.ts',
      find: 'this.#send(frame)',
      replace: 'this.#send(frame), this.#send(frame)',
    },
    'a-snapshot-older-than-what-was-told': {
      file: 'topics/entry-topic.ts',
      find: 'this.#entry = update.new',
      replace: "if (update.type === 'mutate') this.#entry = update.new",
    },
    'a-lock-kept-that-its-client-does-not-know': {
      file: 'sessions/guards.ts',
      find: 'if (known.has(name))',
      replace: 'if (known.has(name) || known)',
    },
    'a-session-that-is-never-forgotten': {
      file: 'sessions/sessions.ts',
      find: 'grace.start(graceMs)',
      replace: 'void graceMs',
    },
    'an-update-told-while-something-is-owed': {
      file: 'topics/lag.ts',
      find: 'this.#missed > 0 || ',
      replace: '',
    },
    'a-last-word-left-out': {
      file: 'topics/entry-subscription.ts',
      find: 'this.#outbox.push(frame)',
      replace: 'this.#lag?.offer(frame, update)',
    },
    'a-listing-that-forgets-what-it-held-back': {
      file: 'listings/listing-subscription.ts',
      find: 'this.#backlog.keep(left)',
      replace: 'this.#backlog.keep([])',
    },
    'a-view-that-all-groups-share': {
      file: 'topics/views.ts',
      find: 'JSON.stringify([name, group])',
      replace: 'name',
    },
    'a-view-that-shows-no-overwriting': {
      file: 'topics/entry-form.ts',
      find: 'this.#tellChange(told, before, entry, this.view.hear(told.message))',
      replace: 'undefined',
    },
  },
  client: {
    'a-resend-under-a-new-mid': {
      file: 'session/request-queue.ts',
      find: '${body.slice(1)}`',
      replace: '${body.slice(1).replace(/"mid":\\d+/, `"mid":${id}`)}`',
    },
    'a-resend-without-a-mid': {
      file: 'session/session.ts',
      find: '{ ...fields, mid: ++this.#lastMid }',
      replace: "{ ...fields, ...(type === 'mutate' && { mid: ++this.#lastMid }) }",
    },
    'a-resend-to-a-session-that-does-not-know-it': {
      file: 'session/request-queue.ts',
      find: 'if (!resumed) this.#forgetSession()',
      replace: '',
    },
    'a-prediction-that-outlives-its-refusal': {
      file: 'mirrors/live-entry.ts',
      find: 'else this.#predictions.drop(prediction)',
      replace: 'else void prediction',
    },
    'an-old-connection-that-is-still-read': {
      file: 'connection/connection.ts',
      find: 'socket.onopen = socket.onmessage = socket.onclose = null',
      replace: '',
    },
    'a-lease-that-never-ends': {
      file: 'locks/leases.ts',
      find: 'if (leftMs <= 0) this.lose()',
      replace: 'if (leftMs <= 0 || leftMs > 0) return',
    },
    'a-position-that-is-not-kept': {
      file: 'session/subscriptions.ts',
      find: 'position.seq = seq\n',
      replace: '\n',
    },
    'an-unsubscribed-topic-that-is-never-left': {
      file: 'session/subscriptions.ts',
      find: 'if (position && this',
      replace: 'if (!position && this',
    },
    'an-answer-that-only-its-asker-is-given': {
      file: 'session/subscriptions.ts',
      find: 'for (const subscriber of subscription.subscribers.keys()) {',
      replace:
        'for (const [subscriber, isStarted] of subscription.subscribers) { if (subscription.subscribers.size > 1 && isStarted) continue;',
    },
    'a-position-gone-on-from-while-an-answer-is-awaited': {
      file: 'session/subscriptions.ts',
      find: "if (subscription.state !== 'watched') subscription.position = undefined",
      replace: '',
    },
  },
} satisfies Readonly<Record<string, Readonly<Record<string, SeededBug>>>>

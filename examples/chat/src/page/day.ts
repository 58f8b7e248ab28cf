const dateFormat = new Intl.DateTimeFormat('en', { weekday: 'long', day: 'numeric', month: 'long' })

/** Whether two times are of one day, where the reader is. */
export function isSameDay(one: number, other: number): boolean {
  return new Date(one).toDateString() === new Date(other).toDateString()
}

/** What one calls the day of `at` on the day of `now`. */
export function dayName(at: number, now: number): string {
  const yesterday = new Date(now)
  yesterday.setDate(yesterday.getDate() - 1)
  if (isSameDay(at, now)) return 'Today'
  if (isSameDay(at, yesterday.getTime())) return 'Yesterday'
  return dateFormat.format(at)
}

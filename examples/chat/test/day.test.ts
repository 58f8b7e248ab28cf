import { describe, expect, it } from 'vitest'
import { dayName, isSameDay } from '../src/page/day.ts'

const noon = (year: number, month: number, day: number): number =>
  new Date(year, month - 1, day, 12).getTime()

describe('day', () => {
  it('is called as people call it', () => {
    const now = noon(2027, 1, 1)

    expect(dayName(now, now)).toBe('Today')
    expect(dayName(noon(2026, 12, 31), now)).toBe('Yesterday')
    expect(dayName(noon(2026, 12, 30), now)).toBe('Wednesday, December 30')
  })

  it('ends at midnight, where the reader is', () => {
    const midnight = new Date(2027, 0, 2).getTime()

    expect(isSameDay(noon(2027, 1, 1), midnight - 1)).toBe(true)
    expect(isSameDay(midnight - 1, midnight)).toBe(false)
    expect(isSameDay(noon(2027, 1, 1), noon(2026, 1, 1))).toBe(false)
  })
})

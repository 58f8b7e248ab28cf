import type { Person } from '../definitions.ts'

/** Shows the first letter of a person's name on a colour that follows from their id. */
export function paintAvatar(element: HTMLElement, { id, name }: Person): void {
  const [first = '?'] = name
  element.textContent = first.toLocaleUpperCase()
  let hue = 0
  for (const char of id) hue = (hue * 31 + (char.codePointAt(0) ?? 0)) % 360
  element.style.setProperty('--hue', String(hue))
}

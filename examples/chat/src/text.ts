/**
 * What people type: cleaned, measured and compared the same way by the page and the server.
 *
 * Lengths are counted in code points. Graphemes would be nearer to what a person counts, but where one ends depends
 * on the engine's Unicode version, and a page that replays mutations must decide exactly as the server did.
 */

/** What a text may not be. */
export type TextFlaw = 'empty' | 'too-long'

/** `raw` as a name is kept: on one line, single spaces, without control characters. */
export function cleanName(raw: string): string {
  return wellFormed(raw)
    .replace(/[\p{White_Space}\p{Cc}]+/gu, ' ')
    .trim()
}

/** `raw` as a text is kept: its line breaks stay, blank ends and other control characters go. */
export function cleanText(raw: string): string {
  return wellFormed(raw)
    .replace(/\r\n?/g, '\n')
    .replace(/[^\P{Cc}\n\t]/gu, '')
    .trim()
}

/** Equal for names that look alike: case, width, spacing and invisible characters do not tell two names apart. */
export function foldName(name: string): string {
  const visible = name.normalize('NFKC').replace(INVISIBLE, '')
  return cleanName(visible).toUpperCase().toLowerCase().normalize('NFKC')
}

export function lengthOf(text: string): number {
  let length = 0
  for (const _ of text) length++
  return length
}

/** What is wrong with a cleaned text, if anything. */
export function flawOf(text: string, maxLength: number): TextFlaw | undefined {
  if (text.replace(INVISIBLE, '').trim() === '') return 'empty'
  return lengthOf(text) > maxLength ? 'too-long' : undefined
}

/** Joiners, direction marks, fillers: they may shape a text, but nobody sees them alone. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu

function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\u{FFFD}')
}

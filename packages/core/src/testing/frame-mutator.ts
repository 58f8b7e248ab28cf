import type { Random } from './random.ts'

/** What JSON may hold and code may stumble over, as text. */
const ODD_VALUES = [
  'null',
  'true',
  '-1',
  '0',
  '1e308',
  '1e999',
  '9007199254740993',
  '0.5',
  '""',
  '"__proto__"',
  '"\\u0000"',
  '"\\ud800"',
  '[]',
  '{}',
  '[[[[[[[[]]]]]]]]',
  '{"__proto__":{"type":"pong"}}',
  '{"constructor":{"prototype":1}}',
  '{"toString":1}',
] as const

/** Makes messages that are almost, hardly or not at all what a protocol allows, from examples of what it does. */
export class FrameMutator {
  readonly #random: Random
  readonly #examples: readonly string[]

  /** `examples` are frames, each one line of JSON. */
  constructor(random: Random, examples: readonly string[]) {
    this.#random = random
    this.#examples = examples
  }

  /** The next message: text or bytes, of one frame or several. */
  next(): string | Uint8Array {
    const random = this.#random
    if (random.chance(0.05)) return this.#noise()
    let message = random.pick(this.#examples)
    while (random.chance(0.2)) message += `\n${random.pick(this.#examples)}`
    for (let change = random.below(4); change > 0; change--) message = this.#change(message)
    return random.chance(0.2) ? this.#spoilt(message) : message
  }

  #change(message: string): string {
    const random = this.#random
    const at = random.below(message.length + 1)
    const to = Math.min(message.length, at + random.below(8))
    switch (random.below(7)) {
      // A member becomes something else, another member's name, or is there twice.
      case 0:
        return this.#replaceValue(message)
      case 1:
        return this.#replaceValue(this.#replaceValue(message))
      case 2:
        return message.slice(0, at) + message.slice(to)
      case 3:
        return message.slice(0, at)
      case 4:
        return message.slice(0, to) + message.slice(at)
      case 5:
        return message.slice(0, at) + random.pick(ODD_VALUES) + message.slice(at)
      default:
        return message.slice(0, at) + random.pick(this.#examples).slice(random.below(40))
    }
  }

  /** The value of one member is another one: an odd one, or that of another member. */
  #replaceValue(message: string): string {
    const members = [...message.matchAll(/"\w+":("(?:[^"\\]|\\.)*"|[\w.+-]+)/g)]
    if (members.length === 0) return message
    const { 0: member, index } = this.#random.pick(members)
    const { 1: other = 'null' } = this.#random.pick(members)
    const name = member.slice(0, member.indexOf(':') + 1)
    const value = this.#random.chance(0.7) ? this.#random.pick(ODD_VALUES) : other
    return message.slice(0, index) + name + value + message.slice(index + member.length)
  }

  #spoilt(message: string): Uint8Array {
    const bytes = new TextEncoder().encode(message)
    if (bytes.length > 0 && this.#random.chance(0.5)) {
      bytes[this.#random.below(bytes.length)] = this.#random.below(256)
    }
    return bytes
  }

  #noise(): Uint8Array {
    return Uint8Array.from({ length: this.#random.below(64) }, () => this.#random.below(256))
  }
}

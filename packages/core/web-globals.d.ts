// The web standards that core names and every platform has. For core's own build only, which sees neither
// the DOM's types nor Node's; it is not shipped.
interface AbortSignal {
  readonly aborted: boolean
  readonly reason: unknown
}

declare class AbortController {
  readonly signal: AbortSignal
  abort(reason?: unknown): void
}

interface TextDecoder {
  decode(bytes: Uint8Array): string
}
declare const TextDecoder: { new (label: string, options: { readonly fatal: boolean }): TextDecoder }

declare class TextEncoder {
  encode(text: string): Uint8Array
}

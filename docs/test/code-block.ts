import { readFile } from 'node:fs/promises'

/** One fenced block of a Markdown page. */
export interface CodeBlock {
  readonly page: string
  /** The line of its opening fence, from 1. */
  readonly line: number
  /** What the fence says, for example `ts` or `ts browser`. */
  readonly info: string
  readonly code: string
}

/** The fenced blocks of the page at `url`, in order. */
export async function codeBlocks(page: string, url: URL): Promise<CodeBlock[]> {
  const blocks: CodeBlock[] = []
  let open: { readonly line: number; readonly info: string; readonly code: string[] } | undefined
  for (const [index, text] of (await readFile(url, 'utf8')).split('\n').entries()) {
    if (!text.startsWith('```')) open?.code.push(text)
    else if (open) {
      blocks.push({ page, line: open.line, info: open.info, code: `${open.code.join('\n')}\n` })
      open = undefined
    } else open = { line: index + 1, info: text.slice(3).trim(), code: [] }
  }
  return blocks
}

/** What the comments behind the `console.log` calls of a block say that it prints. */
export function promisedOutput(code: string): string[] {
  return [...code.matchAll(/console\.log\(.*\) \/\/ (.*)$/gm)].map(([, promised = '']) => promised)
}

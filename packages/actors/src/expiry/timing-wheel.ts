import { Chunk } from './chunk.ts'
import type { Slots } from './slots.ts'

/** What a wheel files: the fields belong to the wheel, but for `due`. */
export interface WheelNode {
  /** Where it is filed, if it is. */
  chunk: Chunk<WheelNode> | undefined
  /** The slot in which somebody should look at it; whoever raises it, while it is filed, puts that off. Lowering it does nothing. */
  due: number
}

/** How many nodes may still be looked at. */
export interface Looks {
  left: number
}

/**
 * Nodes by the time at which somebody should look at them: one list per slot, so that filing and unfiling
 * cost O(1) and a look costs what is due. After Varghese and Lauck, "Hashed and Hierarchical Timing Wheels" (1987);
 * the slots are sparse, so no deadline is too far away. Putting a node off is lazy: it is filed again when the slot that it
 * is filed in comes up. Lists are arrays and not links: one need not have read a node to know the next.
 */
export class TimingWheel<TNode extends WheelNode> {
  readonly #slots: Slots
  /** Of each slot that has nodes, the one chunk that may have room. */
  readonly #chunks = new Map<number, Chunk<WheelNode>>()
  /** No filed node is in an earlier slot. */
  #cursor = Infinity
  /** An empty one for the next that is needed: filing 1 M nodes again takes no memory. */
  #spare: Chunk<WheelNode> | undefined

  constructor(slots: Slots) {
    this.#slots = slots
  }

  /** Whether nothing is filed. */
  get isEmpty(): boolean {
    return this.#chunks.size === 0
  }

  /** Files `node`, which is filed nowhere, to be looked at within one slot after `dueMs` (milliseconds since 1970). */
  file(node: TNode, dueMs: number): void {
    node.due = this.#slots.from(dueMs)
    this.#link(node)
  }

  unfile(node: TNode): void {
    const { chunk } = node
    if (chunk === undefined) return
    node.chunk = undefined
    // What is filed has a slot.
    const last = this.#pop(this.#chunks.get(chunk.slot) as Chunk<WheelNode>)
    if (last === node) return
    chunk.replace(node, last)
    last.chunk = chunk
  }

  /**
   * Unfiles and answers one node that is due at `nowMs`, or `undefined` when none is or no look is left; those that
   * were put off are filed again on the way.
   */
  takeDue(nowMs: number, looks: Looks): TNode | undefined {
    const current = this.#slots.begun(nowMs)
    // After a long sleep, one look at the slots there are beats a look at every moment that there was.
    if (current - this.#cursor > this.#chunks.size) this.#cursor = this.#earliest()
    while (looks.left > 0 && this.#cursor <= current && this.#chunks.size > 0) {
      const chunk = this.#chunks.get(this.#cursor)
      if (chunk === undefined) {
        this.#cursor++
        continue
      }
      looks.left--
      // The last, because taking it moves no other. Only `file` fills a slot, and it takes TNodes.
      const node = this.#pop(chunk) as TNode
      node.chunk = undefined
      if (node.due <= current) return node
      this.#link(node)
    }
    return undefined
  }

  #earliest(): number {
    let earliest = Infinity
    for (const slot of this.#chunks.keys()) earliest = Math.min(earliest, slot)
    return earliest
  }

  #link(node: TNode): void {
    let chunk = this.#chunks.get(node.due)
    if (chunk === undefined || chunk.isFull) chunk = this.#open(node.due, chunk)
    node.chunk = chunk
    chunk.push(node)
  }

  #open(slot: number, rest: Chunk<WheelNode> | undefined): Chunk<WheelNode> {
    const chunk = new Chunk(slot, rest, this.#spare)
    this.#spare = undefined
    this.#chunks.set(slot, chunk)
    this.#cursor = Math.min(this.#cursor, slot)
    return chunk
  }

  /** Takes the last node of a slot, of which this is the newest chunk. */
  #pop(chunk: Chunk<WheelNode>): WheelNode {
    const node = chunk.pop()
    if (!chunk.isEmpty) return node
    this.#spare = chunk
    if (chunk.rest) this.#chunks.set(chunk.slot, chunk.rest)
    else this.#chunks.delete(chunk.slot)
    return node
  }
}

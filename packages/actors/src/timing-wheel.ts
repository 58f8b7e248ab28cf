/** What a wheel files: the fields belong to the wheel. */
export interface WheelNode {
  /** Where it is filed, if it is. */
  slot: Slot | undefined
  /** Where in its slot's list. */
  place: number
}

interface Slot {
  readonly index: number
  readonly nodes: WheelNode[]
}

/**
 * Nodes by the time at which somebody should look at them: one list per slot of `slotMs`, so that filing and unfiling
 * cost O(1) and a look costs what is due. After Varghese and Lauck, "Hashed and Hierarchical Timing Wheels" (1987);
 * the slots are sparse, so no deadline is too far away. Lists are arrays and not links: one need not have read a node to
 * know the next.
 */
export class TimingWheel<TNode extends WheelNode> {
  readonly #slotMs: number
  readonly #slots = new Map<number, Slot>()
  /** No filed node is due in an earlier slot. */
  #cursor = Infinity

  constructor(slotMs: number) {
    this.#slotMs = slotMs
  }

  /** Whether nothing is filed. */
  get isEmpty(): boolean {
    return this.#slots.size === 0
  }

  /** Files `node` to be looked at within one slot after `dueMs` (milliseconds since 1970). */
  file(node: TNode, dueMs: number): void {
    const index = Math.ceil(dueMs / this.#slotMs)
    const slot = this.#slots.get(index)
    node.slot = slot ?? this.#open(index, node)
    node.place = slot ? slot.nodes.push(node) - 1 : 0
  }

  unfile(node: TNode): void {
    const { slot, place } = node
    if (slot === undefined) return
    node.slot = undefined
    const last = slot.nodes.pop()
    if (last !== undefined && last !== node) {
      slot.nodes[place] = last
      last.place = place
    }
    if (slot.nodes.length === 0) this.#slots.delete(slot.index)
  }

  /** Unfiles and answers one node that is due at `nowMs`, or `undefined` when none is. */
  takeDue(nowMs: number): TNode | undefined {
    const current = Math.floor(nowMs / this.#slotMs)
    // After a long sleep, one look at the slots there are beats a look at every moment that there was.
    if (current - this.#cursor > this.#slots.size) this.#cursor = this.#earliest()
    for (; this.#cursor <= current && this.#slots.size > 0; this.#cursor++) {
      // The last, because unfiling it moves no other. Only `file` fills a slot, and it takes TNodes.
      const node = this.#slots.get(this.#cursor)?.nodes.at(-1) as TNode | undefined
      if (node === undefined) continue
      this.unfile(node)
      return node
    }
    return undefined
  }

  /** Calls `look` with up to `count` nodes that will be taken after the one that was taken last. */
  lookAhead(count: number, look: (node: TNode) => void): void {
    const nodes = this.#slots.get(this.#cursor)?.nodes ?? []
    const end = Math.max(0, nodes.length - count)
    for (let at = nodes.length - 1; at >= end; at--) look(nodes[at] as TNode)
  }

  #earliest(): number {
    let earliest = Infinity
    for (const index of this.#slots.keys()) earliest = Math.min(earliest, index)
    return earliest
  }

  #open(index: number, node: TNode): Slot {
    // A list of one takes 8 bytes; one that was pushed to has room for 17.
    const slot = { index, nodes: [node] }
    this.#slots.set(index, slot)
    if (this.#slots.size === 1 || index < this.#cursor) this.#cursor = index
    return slot
  }
}

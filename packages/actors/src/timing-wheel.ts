/** What a wheel files: the links belong to the wheel while it is filed. */
export interface WheelNode {
  previous: WheelNode | undefined
  next: WheelNode | undefined
}

interface Slot extends WheelNode {
  readonly index: number
  previous: WheelNode
  next: WheelNode
}

/**
 * Nodes by the time at which somebody should look at them: one circular list per slot of `slotMs`, so that filing
 * and unfiling cost O(1) and a look costs what is due. After Varghese and Lauck, "Hashed and Hierarchical Timing
 * Wheels" (1987); the slots are sparse, so no deadline is too far away.
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
    const slot = this.#slots.get(index) ?? this.#open(index)
    const last = slot.previous
    node.previous = last
    node.next = slot
    last.next = node
    slot.previous = node
  }

  unfile(node: TNode): void {
    const { previous, next } = node
    if (previous === undefined || next === undefined) return
    previous.next = next
    next.previous = previous
    node.previous = undefined
    node.next = undefined
    // On both sides of a node at once is only its slot, which is empty now.
    if (previous === next) this.#slots.delete((next as Slot).index)
  }

  /** Unfiles and answers one node that is due at `nowMs`, or `undefined` when none is. */
  takeDue(nowMs: number): TNode | undefined {
    const current = Math.floor(nowMs / this.#slotMs)
    // After a long sleep, one look at the slots there are beats a look at every moment that there was.
    if (current - this.#cursor > this.#slots.size) this.#cursor = this.#earliest()
    for (; this.#cursor <= current && this.#slots.size > 0; this.#cursor++) {
      const slot = this.#slots.get(this.#cursor)
      if (slot === undefined) continue
      // Only `file` links nodes into a slot, and it takes TNodes.
      const node = slot.next as TNode
      this.unfile(node)
      return node
    }
    return undefined
  }

  #earliest(): number {
    let earliest = Infinity
    for (const index of this.#slots.keys()) earliest = Math.min(earliest, index)
    return earliest
  }

  #open(index: number): Slot {
    // Linked to itself in the next two lines, before anybody can see it.
    const slot = { index, previous: undefined, next: undefined } as unknown as Slot
    slot.previous = slot
    slot.next = slot
    this.#slots.set(index, slot)
    if (this.#slots.size === 1 || index < this.#cursor) this.#cursor = index
    return slot
  }
}

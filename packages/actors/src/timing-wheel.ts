/** What a wheel files: the links belong to the wheel while it is filed. */
export interface WheelNode {
  previous: WheelNode | undefined
  next: WheelNode | undefined
}

interface Slot extends WheelNode {
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

  /** Whether nothing has been filed since the last slot was emptied. */
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
    if (node.previous) node.previous.next = node.next
    if (node.next) node.next.previous = node.previous
    node.previous = undefined
    node.next = undefined
  }

  /** Unfiles and answers one node that is due at `nowMs`, or `undefined` when none is. */
  takeDue(nowMs: number): TNode | undefined {
    const current = Math.floor(nowMs / this.#slotMs)
    for (; this.#slots.size > 0 && this.#cursor <= current; this.#cursor++) {
      const slot = this.#slots.get(this.#cursor)
      if (slot === undefined) continue
      if (slot.next !== slot) {
        // Only `file` links nodes into a slot, and it takes TNodes.
        const node = slot.next as TNode
        this.unfile(node)
        return node
      }
      this.#slots.delete(this.#cursor)
    }
    return undefined
  }

  #open(index: number): Slot {
    // Linked to itself in the next two lines, before anybody can see it.
    const slot = { previous: undefined, next: undefined } as unknown as Slot
    slot.previous = slot
    slot.next = slot
    this.#slots.set(index, slot)
    if (this.#slots.size === 1 || index < this.#cursor) this.#cursor = index
    return slot
  }
}

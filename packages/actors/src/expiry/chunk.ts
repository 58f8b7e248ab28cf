/** How many nodes a chunk has room for: few enough to look through for one of them. */
const ROOM = 256

/** A part of a list that is never copied as it grows, and keeps its room when it is emptied. */
export class Chunk<TNode> {
  /** Which list it is a part of. */
  readonly slot: number
  /** The other parts of its list, all of them full. */
  readonly rest: Chunk<TNode> | undefined
  readonly #nodes: (TNode | undefined)[]
  #size = 0

  /** Takes over the room of `spare`, which is empty. */
  constructor(slot: number, rest: Chunk<TNode> | undefined, spare: Chunk<TNode> | undefined) {
    this.slot = slot
    this.rest = rest
    this.#nodes = spare ? spare.#nodes : []
  }

  get isEmpty(): boolean {
    return this.#size === 0
  }

  get isFull(): boolean {
    return this.#size === ROOM
  }

  push(node: TNode): void {
    this.#nodes[this.#size++] = node
  }

  /** Takes the last node of one that is not empty. */
  pop(): TNode {
    const last = this.#nodes[--this.#size] as TNode
    this.#nodes[this.#size] = undefined
    return last
  }

  replace(node: TNode, other: TNode): void {
    this.#nodes[this.#nodes.indexOf(node)] = other
  }
}

import { Heap } from './heap.ts'

/** Nodes of a graph, in the order in which they were added. */
export class NodeSet {
  readonly nodes: number[] = []
  readonly #marks: Uint8Array

  /** `size`: of the graph. */
  constructor(size: number, nodes: Iterable<number> = []) {
    this.#marks = new Uint8Array(size)
    for (const node of nodes) this.add(node)
  }

  has(node: number): boolean {
    return this.#marks[node] === 1
  }

  /** Answers whether it was not there before. */
  add(node: number): boolean {
    if (this.#marks[node] === 1) return false
    this.#marks[node] = 1
    this.nodes.push(node)
    return true
  }
}

/** Edges between the nodes 0 to `size` - 1. Those of a node have the numbers from `start` to before `end`. */
export class Adjacency {
  readonly size: number
  /** Where the edges of each node start; one entry more, so that the next one's start is the end. */
  readonly #starts: Int32Array
  readonly #targets: Int32Array

  constructor(starts: Int32Array, targets: Int32Array) {
    this.size = starts.length - 1
    this.#starts = starts
    this.#targets = targets
  }

  start(node: number): number {
    return this.#starts[node] ?? 0
  }

  end(node: number): number {
    return this.#starts[node + 1] ?? 0
  }

  target(edge: number): number {
    return this.#targets[edge] ?? 0
  }

  /** `starts` and whatever they lead to. Time and memory are linear; rings do no harm. */
  closure(starts: Iterable<number>): NodeSet {
    const found = new NodeSet(this.size, starts)
    for (let at = 0; at < found.nodes.length; at++) {
      const node = found.nodes[at] ?? 0
      for (let edge = this.start(node); edge < this.end(node); edge++) found.add(this.target(edge))
    }
    return found
  }

  /** Whatever some of these nodes lead to in one step. */
  targetsOf(nodes: Iterable<number>): NodeSet {
    const found = new NodeSet(this.size)
    for (const node of nodes)
      for (let edge = this.start(node); edge < this.end(node); edge++) found.add(this.target(edge))
    return found
  }

  /** Every edge among these nodes turned round. */
  reversed(among: NodeSet): Adjacency {
    const starts = new Int32Array(this.size + 1)
    const count = (to: number): void => void (starts[to + 1] = (starts[to + 1] ?? 0) + 1)
    this.#eachEdge(among, (_, to) => count(to))
    for (let node = 0; node < this.size; node++)
      starts[node + 1] = (starts[node + 1] ?? 0) + (starts[node] ?? 0)
    const targets = new Int32Array(starts[this.size] ?? 0)
    const next = starts.slice()
    this.#eachEdge(among, (from, to) => {
      const edge = next[to] ?? 0
      next[to] = edge + 1
      targets[edge] = from
    })
    return new Adjacency(starts, targets)
  }

  #eachEdge(among: NodeSet, visit: (from: number, to: number) => void): void {
    for (const from of among.nodes)
      for (let edge = this.start(from); edge < this.end(from); edge++) {
        const to = this.target(edge)
        if (among.has(to)) visit(from, to)
      }
  }

  /** The nodes on every path that begins and ends in `ends`, ends included. */
  between(ends: NodeSet): NodeSet {
    const below = this.closure(ends.nodes)
    return this.reversed(below).closure(ends.nodes)
  }

  /**
   * The smallest topological ordering: each node after those that it leads to, and of those that may come next, always
   * the first by `compare`. A node that waits for itself, over whatever detour, is left out, and so is all that waits
   * for it.
   */
  order(nodes: NodeSet, compare: (a: number, b: number) => number): number[] {
    const waiters = this.reversed(nodes)
    const waitsFor = new Int32Array(this.size)
    this.#eachEdge(nodes, (from) => void (waitsFor[from] = (waitsFor[from] ?? 0) + 1))
    const ready = new Heap(compare)
    for (const node of nodes.nodes) if (waitsFor[node] === 0) ready.push(node)
    const order: number[] = []
    for (let node = ready.pop(); node !== undefined; node = ready.pop()) {
      order.push(node)
      for (let edge = waiters.start(node); edge < waiters.end(node); edge++) {
        const waiter = waiters.target(edge)
        const left = (waitsFor[waiter] ?? 0) - 1
        waitsFor[waiter] = left
        if (left === 0) ready.push(waiter)
      }
    }
    return order
  }
}

export interface NumberingOptions {
  /** Edges that lead to other ids than those given are passed over. */
  readonly closed?: boolean
}

/**
 * A graph whose nodes stand for ids: each id is looked up while the graph is made, and never again. Without `closed` it
 * holds all that `starts` lead to. `edges` is asked once for each node, in the order of their numbers.
 */
export class NumberedGraph {
  readonly ids: readonly string[]
  readonly edges: Adjacency
  readonly #numbers = new Map<string, number>()

  constructor(
    starts: Iterable<string>,
    edges: (id: string) => Iterable<string>,
    { closed = false }: NumberingOptions = {},
  ) {
    const ids: string[] = []
    const firsts = [0]
    const targets: number[] = []
    for (const id of starts) this.#number(id, ids)
    for (let node = 0; node < ids.length; node++) {
      for (const id of edges(ids[node] ?? '')) {
        const target = closed ? this.#numbers.get(id) : this.#number(id, ids)
        if (target !== undefined) targets.push(target)
      }
      firsts.push(targets.length)
    }
    this.ids = ids
    this.edges = new Adjacency(Int32Array.from(firsts), Int32Array.from(targets))
  }

  #number(id: string, ids: string[]): number {
    const known = this.#numbers.get(id)
    if (known !== undefined) return known
    this.#numbers.set(id, ids.length)
    return ids.push(id) - 1
  }

  get size(): number {
    return this.ids.length
  }

  /** Undefined for an id that is no node. */
  numberOf(id: string): number | undefined {
    return this.#numbers.get(id)
  }

  idsOf(nodes: Iterable<number>): string[] {
    return Array.from(nodes, (node) => this.ids[node] ?? '')
  }

  /** The nodes of those ids that are some. */
  nodesOf(ids: Iterable<string>): number[] {
    const nodes: number[] = []
    for (const id of ids) {
      const node = this.#numbers.get(id)
      if (node !== undefined) nodes.push(node)
    }
    return nodes
  }
}

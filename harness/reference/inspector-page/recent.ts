import type { LogEntry } from '../serving/log.ts'

const kept = 100

/** Where the page itself lives; what it asks for is no news. */
export const home = '/_fedcheck/'

const ofClients = /^\/(?:_matrix\/(?:client|media)|_synapse|\.well-known\/matrix\/client)/

/** The last of what a server logged: requests of clients apart, so that they do not drive out the rest. */
export class Recent {
  #others: LogEntry[] = []
  #clients: LogEntry[] = []

  add(entry: LogEntry): void {
    if (ofClients.test(String(entry['path'])))
      this.#clients = [entry, ...this.#clients].slice(0, kept)
    else this.#others = [entry, ...this.#others].slice(0, kept)
  }

  /** The newest first. */
  get others(): readonly LogEntry[] {
    return this.#others
  }

  get clients(): readonly LogEntry[] {
    return this.#clients
  }
}

import { Unsupported } from '../world/errors.ts'
import type { Fabric, Fault, Gate, LinkMatch } from '../world/fabric.ts'
import type { Member } from './directory.ts'
import type { NewRule, Pair, Rule } from './rule.ts'

/** What a view needs of the network. */
export interface RuleMaker {
  begin(rule: NewRule): Rule
  end(rule: Rule): void
  /** Kills what the servers of this process have open to `name`, and it to anyone. */
  sever(name: string, rule: Rule): void
  member(name: string): Member | undefined
  isProxied(outsider: string): boolean
  sought(outsider: string): readonly string[]
}

/** All that the network needs to know of a homeserver. */
interface Named {
  readonly name: string
}

interface NamedLink extends Pick<LinkMatch, 'operations'> {
  readonly from: Named
  readonly to: Named
}

/** The network under one scenario's hand. */
export class FabricView implements Fabric {
  readonly #network: RuleMaker
  readonly #check: string | undefined

  constructor(network: RuleMaker, check: string | undefined) {
    this.#network = network
    this.#check = check
  }

  async partitioned<T>(
    servers: readonly Named[],
    during: () => Promise<T>,
    fault: Fault = { do: 'refuse' },
  ): Promise<T> {
    const names = [...new Set(servers.map(({ name }) => name))]
    if (names.length < 2) throw new TypeError('a partition takes two servers at least')
    const links = names.flatMap((from) =>
      names.filter((to) => to !== from).map((to): Pair => [from, to]),
    )
    return this.#scoped({ links, deed: fault }, during)
  }

  async faulty<T>(link: NamedLink, fault: Fault, during: () => Promise<T>): Promise<T> {
    return this.#scoped({ ...matched(link), deed: fault }, during)
  }

  async gated<T>(link: NamedLink, during: (gate: Gate) => Promise<T>): Promise<T> {
    return this.#scoped({ ...matched(link), deed: { do: 'hold' } }, ({ queue }) => {
      if (queue === undefined) throw new TypeError('a gate without a queue')
      return during(queue)
    })
  }

  async offline<T>(server: Named, during: () => Promise<T>): Promise<T> {
    const { name } = server
    const member = this.#network.member(name)
    if (member === undefined)
      throw new Unsupported('missing-capability:offline', `${name} cannot be taken offline`)
    const links: Pair[] = [
      ['*', name],
      [name, '*'],
    ]
    return this.#scoped({ links, deed: { do: 'offline' } }, async (rule) => {
      const closed = member.listener.refuseAll(rule.id)
      this.#network.sever(name, rule)
      await closed
      try {
        return await during()
      } finally {
        await member.listener.resume()
      }
    })
  }

  sought(server: Named): readonly string[] {
    if (this.#network.isProxied(server.name)) return this.#network.sought(server.name)
    throw new Unsupported('missing-capability:names', `${server.name} goes through no proxy`)
  }

  async #scoped<T>(rule: Omit<NewRule, 'check'>, during: (rule: Rule) => Promise<T>): Promise<T> {
    const begun = this.#network.begin({ ...rule, check: this.#check })
    try {
      const done = await during(begun)
      await begun.untilActed()
      return done
    } finally {
      this.#network.end(begun)
    }
  }
}

function matched({ from, operations, to }: NamedLink): Omit<NewRule, 'check' | 'deed'> {
  const links: Pair[] = [[from.name, to.name]]
  return { links, ...(operations !== undefined && { operations }) }
}

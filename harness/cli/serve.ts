import { serve } from '../reference/serve.ts'
import { onInterrupt } from './signals.ts'

export interface ServeFlags {
  readonly listen: string
  readonly name?: string
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly ca?: string
  readonly proxy?: string
  readonly proxyNamesOnly?: true
  readonly quirk?: string
  readonly seed: number
}

/** `fedcheck serve`: comes back when the server has stopped. Throws ServeError. */
export async function serveCommand(flags: ServeFlags): Promise<0> {
  const interrupt = onInterrupt()
  try {
    const server = await serve({ ...flags, log: (line) => process.stderr.write(`${line}\n`) })
    process.stdout.write(`${server.name} is ready at ${server.baseUrl}\n`)
    if (flags.ca === undefined) process.stdout.write(server.ca)
    interrupt.signal.addEventListener('abort', () => void server.stop(), { once: true })
    await server.ended
    return 0
  } finally {
    interrupt.ended()
  }
}

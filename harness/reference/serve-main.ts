import { parseArgs } from 'node:util'
import { serve } from './serve.ts'
import { jsonLine } from './serving/log.ts'

/** `serve` alone, without the rest of the command line: what the embedded target runs, so that it starts fast. */
const { values } = parseArgs({
  options: {
    name: { type: 'string' },
    listen: { type: 'string', default: '127.0.0.1:0' },
    'tls-cert': { type: 'string' },
    'tls-key': { type: 'string' },
    ca: { type: 'string' },
    proxy: { type: 'string' },
    'proxy-names-only': { type: 'boolean', default: false },
    data: { type: 'string' },
    quirk: { type: 'string' },
    seed: { type: 'string', default: '0' },
    'die-with-parent': { type: 'boolean', default: false },
  },
})

const present = <Value>(key: string, value: Value | undefined): Record<string, Value> =>
  value === undefined ? {} : { [key]: value }

const running = await serve({
  listen: values.listen,
  ...present('name', values.name),
  ...present('tlsCert', values['tls-cert']),
  ...present('tlsKey', values['tls-key']),
  ...present('ca', values.ca),
  ...present('proxy', values.proxy),
  proxyNamesOnly: values['proxy-names-only'],
  ...present('data', values.data),
  ...present('quirk', values.quirk),
  seed: Number(values.seed),
  dieWithParent: values['die-with-parent'],
  log: (entry) => process.stderr.write(`${jsonLine(entry)}\n`),
})

process.stdout.write(`${running.name} is ready at ${running.baseUrl}\n`)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void running.stop())
await running.ended
process.exit(0)

import { HttpListener } from './http-listener.ts'
import type { Listener, ListenOptions } from './listener.ts'

export type {
  InboundRequest,
  Listener,
  ListenOptions,
  OutboundReply,
} from './listener.ts'

/** A listener, HTTP/1.1 only, with TLS where there are credentials. Rejects with the system's error (`EADDRINUSE`, …) when the address cannot be taken. */
export async function listen(options: ListenOptions): Promise<Listener> {
  const listener = new HttpListener(options)
  await listener.open(options.port ?? 0)
  return listener
}

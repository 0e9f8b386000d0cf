import { HttpsListener } from './https-listener.ts'
import type { Listener, ListenOptions } from './listener.ts'

export type {
  InboundRequest,
  Listener,
  ListenOptions,
  OutboundReply,
} from './listener.ts'

/** A TLS listener, HTTP/1.1 only. Rejects with the system's error (`EADDRINUSE`, …) when the address cannot be taken. */
export async function listen(options: ListenOptions): Promise<Listener> {
  const listener = new HttpsListener(options)
  await listener.open(options.port ?? 0)
  return listener
}

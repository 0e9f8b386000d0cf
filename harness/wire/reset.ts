import type { Socket } from 'node:net'

/**
 * RST at once, whatever is still to be sent: resetAndDestroy() waits until all of it has been taken, for ever where the other
 * side takes nothing. A socket whose end is on its way cannot be reset (Node would then neither close it nor ever come to its
 * own end) and is closed. `layer`: TLS on top of it.
 */
export function reset(socket: Socket, layer: Socket = socket): void {
  if (socket.destroyed) return
  const isEnding = [socket, layer].some((one) => one.writableEnded && !one.writableFinished)
  // What resetAndDestroy() marks it with.
  if (!isEnding) Object.assign(socket, { resetAndClosing: true })
  socket.destroy()
}

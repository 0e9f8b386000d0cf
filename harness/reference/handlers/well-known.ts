import { notFound } from '../errors.ts'
import { type Handler, ok } from './handler.ts'

/** Who stands in for this host (server-server-api#getwell-knownmatrixserver), where that was set. */
export const wellKnown: Handler = ({ delegatesTo }) => {
  if (delegatesTo === undefined) throw notFound('this host stands for itself')
  return ok({ 'm.server': delegatesTo })
}

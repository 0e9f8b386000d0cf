import { Pool } from 'undici'
import { originOf, type Place } from './destination.ts'
import { connectorTo, type Dialling } from './dialling.ts'
import type { ClientLimits } from './request.ts'

/** Connections to one place, made as they are needed. */
export const openPool = (place: Place, dialling: Dialling, limits: ClientLimits): Pool =>
  new Pool(originOf(place), {
    connections: limits.connections,
    pipelining: 1,
    headersTimeout: limits.headersMs,
    bodyTimeout: limits.bodyMs,
    maxHeaderSize: limits.headerBytes,
    connect: connectorTo([place, ...(place.others ?? [])], dialling, limits.connectMs),
  })

const page = /^([a-z][a-z0-9-]*(?:\/[a-z0-9.-]+)*)\/?(#[^\s]+)?(?=\s|$)/

/** `v1.19` out of however a result names its specification. */
const specificationVersion = (specification: string): string =>
  /v\d+\.\d+/.exec(specification)?.[0] ?? 'latest'

/**
 * Address of a clause: `server-server-api#transactions` of the specification, or a draft of the IETF.
 * Undefined where a clause names no page.
 */
export const clauseAddress = (clause: string, specification: string): string | undefined => {
  const match = page.exec(clause)
  if (match?.[1] === undefined) return undefined
  if (match[1].startsWith('draft-')) return `https://datatracker.ietf.org/doc/html/${match[1]}`
  const path = match[1] === 'index' ? '' : `${match[1]}/`
  return encodeURI(
    `https://spec.matrix.org/${specificationVersion(specification)}/${path}${match[2] ?? ''}`,
  )
}

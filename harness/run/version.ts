import { readFileSync } from 'node:fs'

/** Version of fedcheck, from the nearest package.json that names one: a build has a second one inside. */
export function ownVersion(): string {
  for (const path of ['../../package.json', '../../../package.json']) {
    const version = versionIn(new URL(path, import.meta.url))
    if (version !== undefined) return version
  }
  return '0.0.0'
}

function versionIn(file: URL): string | undefined {
  try {
    const manifest: unknown = JSON.parse(readFileSync(file, 'utf8'))
    const version: unknown =
      typeof manifest === 'object' && manifest !== null
        ? Reflect.get(manifest, 'version')
        : undefined
    return typeof version === 'string' ? version : undefined
  } catch {
    return undefined
  }
}

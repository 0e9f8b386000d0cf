import { suggestion } from '../run/nearest.ts'
import { installSynapse } from '../targets/install.ts'
import { UsageError } from './usage-error.ts'

/** `fedcheck target install`. Throws UsageError for a server that nobody knows, and TargetError. */
export async function installCommand(name: string): Promise<0> {
  if (name !== 'synapse')
    throw new UsageError(
      `only synapse can be installed, not '${name}'${suggestion(name, ['synapse'])}`,
    )
  await installSynapse((line) => process.stdout.write(`${line}\n`))
  return 0
}

import { Command, CommanderError } from 'commander'
import { ownVersion } from '../run/version.ts'
import { commands } from './commands.ts'
import { endingOf } from './failures.ts'

/** Runs the command line and sets the exit code. What a command needs is loaded when it is called, so that help is fast. */
export async function main(argv: readonly string[]): Promise<void> {
  // Who reads the output may have seen enough.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreClosedPipe)
  try {
    await program().parseAsync(argv, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : 2
      return
    }
    const { exitCode, text } = endingOf(error)
    process.stderr.write(`${text}\n`)
    process.exitCode = exitCode
  }
}

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}

function program(): Command {
  const cli = new Command('fedcheck')
    .description('Checks how a Matrix homeserver federates: joins, replication and partitions.')
    .version(ownVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help; after a command, that of the command')
    .helpCommand(false)
    .exitOverride()
    .addHelpText('after', overview)
  for (const add of commands) add(cli)
  return cli
}

const overview = `
Examples:
  fedcheck run                                      the whole suite against the embedded server
  fedcheck run --target synapse                     against Synapse, once it is installed
  fedcheck target install synapse
  fedcheck run 'joining/*' --target 'process:./start-my-server.sh'
  fedcheck run --target synapse --target embedded   the one against the other
  fedcheck list must --room-versions 12
  fedcheck explain seed.S25
  fedcheck report ./fedcheck-report
  fedcheck baseline update --file known.json --reason 'see issue 12'
  fedcheck serve --listen 127.0.0.1:8448

Exit codes:
  0 the gate is passed · 1 it is failed · 2 bad arguments, configuration or baseline file
  3 the target cannot be reached or started · 4 the harness is at fault · 5 nothing was executed
  130 interrupted; the report is written`

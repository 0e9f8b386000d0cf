import { requirements } from '../../fixtures/requirements/index.ts'
import type { Baseline } from '../results/baseline.ts'
import { fold } from '../results/fold.ts'
import { type Circumstances, compared, type Comparing, gate, type Policy } from '../results/gate.ts'
import type { CheckResult, Finding, RunResult, TargetInfo } from '../results/outcome.ts'
import { specification } from '../results/specification.ts'
import { ownVersion } from './version.ts'

/** What is the same from a run's beginning to its end. */
export interface Frame extends Comparing {
  readonly title: string
  readonly startedAt: Date
  readonly seed: number
  readonly command: readonly string[]
  readonly workers: number
  readonly targets: readonly [TargetInfo, ...TargetInfo[]]
  readonly roomVersions: readonly string[]
  readonly policy: Policy
  readonly baseline?: Baseline
}

/** What was measured so far. */
export interface Measured {
  readonly checks: readonly CheckResult[]
  /** About targets only. */
  readonly findings: readonly Finding[]
  readonly exchanges: number
  readonly durationMs: number
  readonly circumstances: Circumstances
}

/** The whole run as one value. */
export function assemble(frame: Frame, measured: Measured): RunResult {
  const { targets, policy, baseline, seed, command, workers, title, roomVersions } = frame
  const { findings, exchanges, durationMs, circumstances } = measured
  const checks = compared(measured.checks, baseline, frame)
  return {
    format: 'fedcheck.run/1',
    fedcheck: ownVersion(),
    title,
    specification,
    startedAt: frame.startedAt.toISOString(),
    durationMs,
    seed,
    command,
    environment: {
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
      workers,
    },
    target: targets[0],
    targets,
    roomVersions,
    checks,
    requirements: fold(requirements, checks, findings),
    findings,
    gate: gate(checks, policy, circumstances),
    interrupted: circumstances.interrupted === true || circumstances.died !== undefined,
    exchanges,
  }
}

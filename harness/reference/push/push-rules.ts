import type { Json, JsonObject } from '../../matrix/event.ts'
import { invalidParam, MatrixError, notFound } from '../errors.ts'
import type { AccountData } from '../users/account-data.ts'
import {
  defaultRules,
  type PushRule,
  type RuleKind,
  ruleKinds,
  type Ruleset,
} from './default-rules.ts'

const type = 'm.push_rules'
/** Of one kind. */
const mostRules = 1_000

/** Where a rule stands among those that users have made. */
export interface RulePlace {
  readonly before?: string
  readonly after?: string
}

interface Named {
  readonly kind: RuleKind
  readonly id: string
}

/** Each user's push rules. They are kept as account data, so that clients hear of changes. */
export class PushRules {
  readonly #data: AccountData
  readonly #predefined = new Map<string, Ruleset>()

  constructor(data: AccountData) {
    this.#data = data
  }

  of(user: string): Ruleset {
    const kept = this.#data.get(user, '', type)?.['global']
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nobody else writes this type
    if (kept !== undefined) return kept as Ruleset
    const rules = this.#predefined.get(user) ?? defaultRules(user)
    this.#predefined.set(user, rules)
    return rules
  }

  /** Whether the user's rules are others than the predefined ones. */
  isChanged(user: string): boolean {
    return this.#data.get(user, '', type) !== undefined
  }

  /** Throws M_NOT_FOUND. */
  get(user: string, { kind, id }: Named): PushRule {
    const rule = this.of(user)[kind].find(({ rule_id }) => rule_id === id)
    if (rule === undefined) throw notFound(`there is no push rule ${id}`)
    return rule
  }

  /** A rule of the user's own, new or changed. Throws M_INVALID_PARAM, M_UNKNOWN. */
  put(user: string, { kind, id }: Named, rule: JsonObject, place: RulePlace): void {
    const rules = this.of(user)[kind]
    const former = rules.find(({ rule_id }) => rule_id === id)
    const enabled = former?.enabled ?? true
    const made: PushRule = {
      ...rule,
      ...asRule(rule['actions']),
      rule_id: id,
      default: false,
      enabled,
    }
    if (former === undefined && rules.length >= mostRules) throw invalidParam('too many rules')
    const isMoved = place.before !== undefined || place.after !== undefined
    if (former !== undefined && !isMoved) this.#replace(user, kind, made)
    else {
      const others = rules.filter((one) => one !== former)
      const at = placeIn(others, place)
      this.#set(user, kind, others.toSpliced(at, 0, made))
    }
  }

  /** Throws M_NOT_FOUND. */
  change(
    user: string,
    named: Named,
    fields: { readonly enabled: boolean } | { readonly actions: readonly Json[] },
  ): void {
    this.#replace(user, named.kind, { ...this.get(user, named), ...fields })
  }

  /** Throws M_NOT_FOUND; M_UNKNOWN for a predefined rule. */
  remove(user: string, named: Named): void {
    const rule = this.get(user, named)
    if (rule.default) throw new MatrixError(400, 'M_UNKNOWN', 'predefined rules stay')
    this.#set(
      user,
      named.kind,
      this.of(user)[named.kind].filter((one) => one !== rule),
    )
  }

  #replace(user: string, kind: RuleKind, rule: PushRule): void {
    const rules = this.of(user)[kind]
    this.#set(
      user,
      kind,
      rules.map((one) => (one.rule_id === rule.rule_id ? rule : one)),
    )
  }

  #set(user: string, kind: RuleKind, rules: readonly PushRule[]): void {
    const global = { ...this.of(user), [kind]: rules }
    this.#data.set(user, '', { type, content: { global } })
  }
}

const asRule = (actions: Json | undefined): { readonly actions: readonly Json[] } => ({
  actions: Array.isArray(actions) ? actions : [],
})

/** Index for a rule among its kind: behind the master rule, before everything predefined. */
function placeIn(rules: readonly PushRule[], { before, after }: RulePlace): number {
  const named = before ?? after
  if (named === undefined) return rules[0]?.rule_id === '.m.rule.master' ? 1 : 0
  const index = rules.findIndex(({ rule_id }) => rule_id === named)
  if (index < 0) throw new MatrixError(400, 'M_UNKNOWN', `before/after rule not found: ${named}`)
  if (rules[index]?.default === true)
    throw new MatrixError(400, 'M_UNKNOWN', `${named} is predefined`)
  return before === undefined ? index + 1 : index
}

export const isRuleKind = (kind: string): kind is RuleKind =>
  ruleKinds.some((known) => known === kind)

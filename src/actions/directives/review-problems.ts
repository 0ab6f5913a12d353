import type { Constitution } from '../../domain/constitution.ts';
import type { Operation } from '../../domain/connector.ts';
import type { DirectiveEntry } from './entries.ts';
import type { DirectiveProblem, ReviewCase } from './problem.ts';
import { clauseProblems } from './review-clauses.ts';

/** Contradictions, rules that can never fire, and names that nobody knows; by line. */
export function problemsOf(
  given: ReviewCase,
  operations: readonly Operation[],
): DirectiveProblem[] {
  const problems = [
    ...clauseProblems(given, operations),
    ...hoursProblems(given),
    ...ladderProblems(given),
    ...urgencyProblems(given.constitution),
    ...budgetProblems(given.constitution),
    ...approvalProblems(given.constitution),
  ];
  return problems.sort((left, right) => left.line - right.line);
}

/** The line of the first sentence whose rule has this part; 0 where only a section says it. */
function lineOf(entries: readonly DirectiveEntry[], part: string): number {
  const entry = entries.find(({ rule }) => rule !== null && Object.hasOwn(rule, part));
  return entry?.place.line ?? 0;
}

const HOURS = /\b(?:working|office|quiet) hours\b/i;

function hoursProblems({ constitution, entries }: ReviewCase): DirectiveProblem[] {
  if (constitution.limits.quietHours) return [];
  return entries
    .filter(({ text, rule }) => HOURS.test(text) && rule?.working_hours !== false)
    .map(({ place }) => ({
      line: place.line,
      kind: 'contradiction' as const,
      problem: 'it speaks of working hours, and `working_hours` is off',
      fix: 'Set `working_hours: true`, or change the sentence',
    }));
}

function ladderProblems({ constitution, entries }: ReviewCase): DirectiveProblem[] {
  const { limits, members, channels } = constitution;
  const never = (part: string, problem: string, fix: string): DirectiveProblem => ({
    line: lineOf(entries, part),
    kind: 'never-fires',
    problem,
    fix,
  });
  const has = (role: string): boolean => members.some((member) => member.role === role);
  const problems: DirectiveProblem[] = [];
  if (limits.remindersPerPersonAndDay === 0) {
    const problem = 'nobody is ever reminded, so no step of the ladder can follow';
    problems.push(never('reminders_per_person_and_day', problem, 'Allow at least 1 reminder'));
  }
  if (members.length > 0 && !has('tech-lead')) {
    const problem = 'step 3 tells the tech lead, and no member has that role';
    problems.push(never('reviewer_overload', problem, 'Give a member `role: tech-lead`'));
  }
  if (members.length > 0 && !has('leadership') && channels['leadership'] === undefined) {
    const problem = 'step 4 tells leadership, and there is neither such a channel nor a member';
    const fix = 'Name `leadership:` under `channels`, or give a member that role';
    problems.push(never('leadership_after_business_days', problem, fix));
  }
  return problems;
}

function urgencyProblems({ urgency }: Constitution): DirectiveProblem[] {
  const { checkMinutes, critical, high, medium } = urgency;
  const problems: DirectiveProblem[] = [];
  const order = ['critical', 'high', 'medium', 'low'] as const;
  order.slice(1).forEach((level, at) => {
    const above = order[at] ?? level;
    if (checkMinutes[above] <= checkMinutes[level]) return;
    const problem = `${above} is looked at every ${checkMinutes[above]} minutes, ${level} every ${checkMinutes[level]}`;
    const fix = 'Give the more urgent level the shorter interval';
    problems.push({ line: 0, kind: 'contradiction', problem, fix });
  });
  const shadowed = (name: string, by: string): void => {
    const problem = `the days and share of ${name} are always within those of ${by}`;
    const fix = `Give ${name} more days or a larger share`;
    problems.push({ line: 0, kind: 'never-fires', problem, fix });
  };
  const within = (inner: Stretch, outer: Stretch): boolean =>
    inner.daysLeft <= outer.daysLeft && inner.completion <= outer.completion;
  if (within(high, critical)) shadowed('high', 'critical');
  if (within(medium, high)) shadowed('medium', 'high');
  return problems;
}

interface Stretch {
  readonly daysLeft: number;
  readonly completion: number;
}

function budgetProblems({ budget }: Constitution): DirectiveProblem[] {
  const rows = [
    ['per_cycle_usd', budget.perCycleUsd],
    ['per_person_and_day_usd', budget.perPersonAndDayUsd],
    ['per_day_usd', budget.perDayUsd],
    ['per_month_usd', budget.perMonthUsd],
  ] as const;
  return rows.flatMap(([name, amount], at) =>
    rows.slice(at + 1).flatMap(([wider, most]): DirectiveProblem[] => {
      if (amount === null || most === null || amount <= most) return [];
      const problem = `${name} of ${amount} is above ${wider} of ${most}`;
      return [{ line: 0, kind: 'never-fires', problem, fix: `Lower ${name}, or raise ${wider}` }];
    }),
  );
}

function approvalProblems({ members, approvals }: Constitution): DirectiveProblem[] {
  const approvers = members.filter(({ approves }) => approves).length;
  if (members.length === 0 || approvers >= (approvals.twoPerson.length > 0 ? 2 : 1)) return [];
  const problem =
    approvers === 0
      ? 'no member may answer approvals, so only API tokens can'
      : 'two people have to agree to some operations, and one member may answer approvals';
  const fix = 'Give members `approves: true`';
  return [{ line: 0, kind: 'unknown-person', problem, fix }];
}

import type { Seen } from './demo-seen.ts';
import type { World } from './demo-world.ts';

/** What the agent did in a scene, why, and what of it had to be so. */
export interface Told {
  readonly did: string;
  readonly why: string;
  readonly checks: Readonly<Record<string, boolean>>;
}

/** What a scene is judged by. */
export interface Outcome {
  readonly world: World;
  readonly seen: Seen;
  /** The answers to what the scene sent past Jira. */
  readonly statuses: readonly number[];
}

/** One scene of the day: what people or systems do, and how what came of it is told and checked. */
export interface Scene {
  /** UTC, e.g. `09:05`. */
  readonly time: string;
  /** How many days after the first. */
  readonly later?: number;
  readonly title: string;
  /** True where nobody does anything: what comes of the passing of time is the scene. */
  readonly passes?: true;
  /** What people do in Jira; its webhooks follow. */
  readonly play?: (world: World) => void;
  /** What is sent past Jira; returns the status of each answer. */
  readonly send?: (world: World) => Promise<readonly number[]>;
  readonly tell: (outcome: Outcome) => Told;
}

const LONGEST_QUOTE = 160;

/** A scene's report. */
export function checked(did: string, why: string, checks: Told['checks']): Told {
  return { did, why, checks };
}

/** How many comments Jira holds on an issue that the agent wrote. */
export function commentsOn({ jira }: World, issue: string): number {
  const { accountId } = jira.account;
  return jira.comments(issue).filter((comment) => comment.author === accountId).length;
}

/** Nothing was changed outside. */
export function noEffect(seen: Seen): Told['checks'] {
  return { 'no comment': seen.comments.length === 0, 'no action': seen.actions.length === 0 };
}

/** Which triage rule woke the agent, and what followed. */
export function wokenBy(seen: Seen, then: string): string {
  return `triage ${seen.events[0]?.rule ?? '-'} wakes it; ${then}`;
}

/** A text on one line in quotes, cut where it is long. */
export function quoted(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return `"${line.length > LONGEST_QUOTE ? `${line.slice(0, LONGEST_QUOTE - 3)}...` : line}"`;
}

/** The agent wrote one comment on the issue, planned by this planner and allowed by policy. */
export function answeredOnce(
  seen: Seen,
  wanted: { readonly issue: string; readonly planner: 'model' | 'rules' },
): Told {
  const [cycle] = seen.cycles;
  const [action] = seen.actions;
  const [comment] = seen.comments;
  const verdict = `${action?.verdict?.answer ?? '-'} (${action?.verdict?.rule ?? '-'})`;
  const planner = cycle?.row.planner === 'rules' ? 'the rules plan' : 'the model plans';
  return {
    did:
      comment === undefined
        ? 'no comment'
        : `${seen.comments.length} comment on ${comment.issue}: ${quoted(comment.text)}`,
    why: wokenBy(seen, `${planner}; policy: ${verdict}`),
    checks: {
      'one cycle': seen.cycles.length === 1,
      [`planned by ${wanted.planner}`]: cycle?.row.planner === wanted.planner,
      'one action, done': seen.actions.length === 1 && action?.state === 'done',
      'one comment there': seen.comments.length === 1 && comment?.issue === wanted.issue,
      'it bears its marker': comment !== undefined && comment.marker === action?.id,
    },
  };
}

import type { JournalReport } from '../store/journal.ts';
import { verifyJournal } from '../store/journal.ts';
import { spend } from '../store/model-calls.ts';
import type { Output } from './output.ts';
import { bitbucketAnswers } from './demo-evening.ts';
import { changesIn, ownMessages } from './demo-slack.ts';
import { completeness, watchedSources } from '../insight/completeness.ts';
import type { SourceDay } from '../insight/completeness.ts';
import { seenSoFar } from './demo-seen.ts';
import type { OwnComment, Seen } from './demo-seen.ts';
import type { Told } from './demo-told.ts';
import type { World } from './demo-world.ts';

/** A scene after it was played. */
export interface Played {
  readonly time: string;
  readonly title: string;
  readonly did: string;
  readonly why: string;
  readonly ok: boolean;
  readonly checks: Told['checks'];
}

const WIDTH = 80;
const INDENT = 7;
const LABEL = 6;
const TOTAL_LABEL = 14;

// How many comments the day is meant to leave on each issue.
const EXPECTED: Readonly<Record<string, number>> = {
  'ECD-1': 1,
  'ECD-2': 1,
  'ECD-3': 1,
  'ECD-4': 2,
  'ECD-6': 2,
  'ECD-7': 1,
  'ECD-12': 1,
};
// The ticket that was moved to the next sprint.
const EXPECTED_MOVES = 1;
// Two answers, three cards, two private words, two reminders.
const EXPECTED_IN_SLACK = 9;
// Each card says how it ended; the two of the accepted question may say "working on it" first.
const UPDATES = { least: 3, most: 5 };
const EXPECTED_IN_BITBUCKET = 1;

/** Words over lines of at most `width` characters; a word that is longer is cut. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter((one) => one !== '')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length > width && line !== '') {
      lines.push(line);
      line = word.slice(0, width);
    } else line = longer.slice(0, width);
  }
  return [...lines, line];
}

function hanging(label: string, text: string, width: number): string[] {
  const [first = '', ...rest] = wrap(text, WIDTH - width);
  return [label.padEnd(width) + first, ...rest.map((line) => ' '.repeat(width) + line)];
}

/** A scene for people, at most 80 columns wide. */
export function sceneLines(out: Output, scene: Played): string[] {
  const part = (label: string, text: string) =>
    hanging(`${' '.repeat(INDENT)}${label.padEnd(LABEL)}`, text, INDENT + LABEL);
  const failed = Object.entries(scene.checks).flatMap(([name, ok]) => (ok ? [] : [name]));
  const [head = '', ...more] = hanging(scene.time, scene.title, INDENT);
  return [
    out.paint('bold', head),
    ...more.map((line) => out.paint('bold', line)),
    ...part('agent', scene.did),
    ...part('why', scene.why),
    ...(failed.length === 0 ? [] : part('FAIL', `not as expected: ${failed.join('; ')}`)),
    '',
  ].map((line) => line.trimEnd());
}

/** All that the demo counted. */
export interface Totals {
  readonly deliveries: {
    readonly kept: number;
    readonly unreadable: number;
    readonly refused: number;
    readonly repeated: number;
  };
  readonly events: { readonly kept: number; readonly ignored: number; readonly ownEcho: number };
  readonly cycles: { readonly finished: number; readonly other: number };
  readonly actions: Readonly<Record<string, number>>;
  readonly jira: {
    readonly comments: number;
    readonly expected: number;
    readonly doubled: number;
    readonly writes: number;
  };
  readonly slack: {
    readonly messages: number;
    readonly updates: number;
    readonly writes: number;
  };
  /** Answers on pull requests, and all changes in GitHub, Bitbucket and Sentry. */
  readonly elsewhere: { readonly answers: number; readonly writes: number };
  readonly completeness: readonly SourceDay[];
  readonly model: {
    readonly scripted: true;
    readonly calls: number;
    readonly answered: number;
    readonly costUsd: number;
  };
  readonly journal: JournalReport;
  readonly checks: Told['checks'];
}

/** How today's facts came. */
async function ledgerOf({ app, clock }: World): Promise<SourceDay[]> {
  const sources = watchedSources(app.connectors);
  return await completeness(app.store.db, { now: clock.now(), days: 2, sources, warnAt: 1 });
}

function countOf<Item>(
  items: readonly Item[],
  key: (item: Item) => string,
): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[key(item)] = (counts[key(item)] ?? 0) + 1;
  return counts;
}

/** Comments beyond the first of one action, and those that no action wrote. */
function doubledIn(comments: readonly OwnComment[]): number {
  const markers = comments.map((comment) => comment.marker).filter((marker) => marker !== null);
  return comments.length - new Set(markers).size;
}

/** Counts at the store and at the emulators, and says what had to be so. */
export async function countUp(world: World, refused: number): Promise<Totals> {
  const seen = await seenSoFar(world);
  const journal = await verifyJournal(world.app.store.db);
  const { calls, usd } = await spend(world.app.store.db, 0);
  const expected = Object.values(EXPECTED).reduce((sum, count) => sum + count, 0);
  const doubled = doubledIn(seen.comments);
  const perIssue = countOf(seen.comments, (comment) => comment.issue);
  const { writes } = world.jira;
  const slack = slackCounts(world);
  const { bitbucket, github, sentry } = world.systems;
  const elsewhere = {
    answers: bitbucketAnswers(world).length,
    writes: bitbucket.writes + github.writes + sentry.writes,
  };
  const counts = {
    slack,
    elsewhere,
    completeness: await ledgerOf(world),
    ...storeCounts(seen, refused),
    jira: { comments: seen.comments.length, expected, doubled, writes },
    model: { scripted: true, calls, answered: world.model.requests.length, costUsd: usd },
    journal,
  } as const;
  const { actions, cycles } = counts;
  return {
    ...counts,
    checks: {
      'the comments are where they belong': sorted(perIssue) === sorted(EXPECTED),
      'no comment is doubled': doubled === 0,
      'Jira was changed by nothing else': writes === expected + EXPECTED_MOVES,
      'Slack holds what it should, and nothing else':
        slack.messages === EXPECTED_IN_SLACK &&
        slack.updates >= UPDATES.least &&
        slack.updates <= UPDATES.most &&
        slack.writes === slack.messages + slack.updates,
      'the other systems got one answer, and nothing else':
        elsewhere.answers === EXPECTED_IN_BITBUCKET && elsewhere.writes === EXPECTED_IN_BITBUCKET,
      'the store and the systems agree':
        (actions['done'] ?? 0) === writes + slack.writes + elsewhere.writes,
      'one fact was found by polling alone':
        counts.completeness.reduce((sum, day) => sum + day.pollOnly, 0) === 1,
      'every cycle finished': cycles.other === 0,
      'nothing waits for a person': (actions['held'] ?? 0) === 0,
      'two deliveries were refused': refused === 2,
      'the journal holds': journal.brokenAt === null && journal.entries > 0,
    },
  };
}

function slackCounts(world: World): Totals['slack'] {
  const messages = ownMessages(world);
  const updates = messages.reduce((sum, { versions }) => sum + versions.length - 1, 0);
  return { messages: messages.length, updates, writes: changesIn(world) };
}

const sorted = (counts: Readonly<Record<string, number>>) =>
  JSON.stringify(Object.entries(counts).sort());

function storeCounts(seen: Seen, refused: number) {
  const finished = seen.cycles.filter((cycle) => cycle.row.status === 'finished').length;
  return {
    deliveries: {
      kept: seen.deliveries.length,
      unreadable: seen.deliveries.filter((one) => one.status === 'quarantined').length,
      refused,
      repeated: seen.redelivered,
    },
    events: {
      kept: seen.events.length,
      ignored: seen.events.filter((event) => event.status === 'ignored').length,
      ownEcho: seen.events.filter((event) => event.rule === 'own-echo').length,
    },
    cycles: { finished, other: seen.cycles.length - finished },
    actions: countOf(seen.actions, (action) => action.state),
  };
}

/** How many of each source's facts came by push. */
function pushedOf(days: readonly SourceDay[]): string {
  const sums = new Map<string, { pushed: number; all: number }>();
  for (const { source, pollOnly, pushOnly, both, unseenByPoll } of days) {
    const { pushed, all } = sums.get(source) ?? { pushed: 0, all: 0 };
    const here = pushOnly + both + unseenByPoll;
    sums.set(source, { pushed: pushed + here, all: all + here + pollOnly });
  }
  const told = [...sums].map(([source, { pushed, all }]) => `${source} ${pushed}/${all}`);
  return told.sort().join(', ');
}

function rowsOf(totals: Totals, seconds: number): [string, string][] {
  const { deliveries, events, cycles, actions, jira, slack, elsewhere, model, journal } = totals;
  const facts = pushedOf(totals.completeness);
  const states = Object.entries(actions).map(([state, count]) => `${count} ${state}`);
  return [
    [
      'deliveries',
      `${deliveries.kept} kept (${deliveries.unreadable} of them unreadable), ${deliveries.repeated} repeated, ${deliveries.refused} refused`,
    ],
    [
      'events',
      `${events.kept} kept, ${events.ignored} ignored by triage (${events.ownEcho} the agent's own echo)`,
    ],
    ['cycles', `${cycles.finished} finished, ${cycles.other} open or failed`],
    ['actions', states.join(', ')],
    [
      'Jira',
      `${jira.comments} comments of ${jira.expected} expected, ${jira.doubled} doubled, ${jira.writes} writes`,
    ],
    [
      'Slack',
      `${slack.messages} messages of ${EXPECTED_IN_SLACK} expected; cards were brought up to date ${slack.updates} times`,
    ],
    ['elsewhere', `${elsewhere.answers} answer in Bitbucket`],
    ['by push', `${facts}; polling found the rest`],
    [
      'model',
      `${model.calls} calls, ${model.costUsd.toFixed(4)} USD at list prices; the model's answers are scripted, nothing was paid`,
    ],
    [
      'journal',
      `${journal.entries} entries, ${journal.brokenAt === null ? 'the chain holds' : `breaks at ${journal.brokenAt}`}, head ${journal.head.slice(0, 16)}`,
    ],
    ['time', `${seconds.toFixed(1)} s`],
  ];
}

/** The sums of the day for people. */
export function totalLines(
  out: Output,
  totals: Totals,
  end: { ok: boolean; seconds: number },
): string[] {
  const rows = rowsOf(totals, end.seconds);
  const failed = Object.entries(totals.checks).flatMap(([name, ok]) => (ok ? [] : [name]));
  const verdict = end.ok
    ? out.paint('green', 'All of it happened as expected.')
    : out.paint('red', 'Not everything happened as expected.');
  return [
    out.paint('bold', 'The day in numbers'),
    ...rows.flatMap(([label, text]) => hanging(`  ${label}`, text, TOTAL_LABEL)),
    ...failed.flatMap((name) => hanging('  FAIL', `not so: ${name}`, TOTAL_LABEL)),
    '',
    verdict,
  ];
}

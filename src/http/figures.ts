import { STAGES, unobserved } from '../domain/observer.ts';
import type { Observer, Stage } from '../domain/observer.ts';

/** Upper ends of the classes of a lag, in seconds. */
const CLASSES = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800];

/** Counts by their labels, as Prometheus writes these: `answer="allow",rule="rate"`. */
type Counts = Map<string, number>;

interface Lag {
  /** How many lay in each class, the last for all above. */
  readonly counts: number[];
  sum: number;
}

/**
 * What is counted while the program works: plain numbers, since the client library of the metrics is loaded by the first
 * scrape only. They begin anew with each process, as Prometheus expects it of counters.
 */
export interface Figures {
  readonly observer: Observer;
  /** An answer of a route other than the webhooks, which have receipts. */
  readonly answered: (route: string, status: number) => void;
  /** All of it in the text format of Prometheus. */
  readonly text: () => string;
}

/** Figures that begin at nothing. */
export function newFigures(): Figures {
  const lags = new Map(STAGES.map((stage): [Stage, Lag] => [stage, noLag()]));
  const verdicts: Counts = new Map();
  const retries: Counts = new Map();
  const calls: Counts = new Map();
  const answers: Counts = new Map();
  return {
    observer: {
      ...unobserved,
      lag: (stage, ms) => observe(lags.get(stage), ms / 1000),
      verdict: ({ answer, rule }) => count(verdicts, labels({ answer, rule })),
      retry: (what, kind) => count(retries, labels({ what, kind })),
      call: ({ operation, way, outcome }) => count(calls, labels({ operation, way, outcome })),
    },
    answered: (route, status) =>
      count(answers, labels({ route, status: `${Math.floor(status / 100)}xx` })),
    text: () =>
      [
        ...lagLines(lags),
        ...counterLines('verdicts', 'Verdicts of policy by answer and rule.', verdicts),
        ...counterLines('retries', 'What has to be tried again, by kind of failure.', retries),
        ...counterLines(
          'operation_calls',
          'Uses of the systems by operation, by the way that served it, and by how they ended.',
          calls,
        ),
        ...counterLines('http_answers', 'Answers by route, but for the webhooks.', answers),
        '',
      ].join('\n'),
  };
}

function noLag(): Lag {
  return { counts: Array.from({ length: CLASSES.length + 1 }, () => 0), sum: 0 };
}

function observe(lag: Lag | undefined, seconds: number): void {
  if (lag === undefined) return;
  // Clocks of several machines: nothing has waited for less than no time.
  const waited = Math.max(0, seconds);
  const found = CLASSES.findIndex((end) => waited <= end);
  const place = found === -1 ? CLASSES.length : found;
  lag.counts[place] = (lag.counts[place] ?? 0) + 1;
  lag.sum += waited;
}

function count(counts: Counts, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function labels(named: Readonly<Record<string, string>>): string {
  const escaped = (value: string) => value.replaceAll(/[\\"\n]/g, ' ');
  return Object.entries(named)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',');
}

function counterLines(name: string, help: string, counts: Counts): string[] {
  const full = `pm_agent_${name}_total`;
  return [
    `# HELP ${full} ${help}`,
    `# TYPE ${full} counter`,
    ...[...counts].map(([key, value]) => `${full}{${key}} ${value}`),
  ];
}

function lagLines(lags: ReadonlyMap<Stage, Lag>): string[] {
  const name = 'pm_agent_lag_seconds';
  const all = [...lags].flatMap(([stage, { counts, sum }]) => {
    let below = 0;
    const classes = counts.map((inClass, at) => {
      below += inClass;
      return `${name}_bucket{stage="${stage}",le="${CLASSES[at] ?? '+Inf'}"} ${below}`;
    });
    return [
      ...classes,
      `${name}_sum{stage="${stage}"} ${sum}`,
      `${name}_count{stage="${stage}"} ${below}`,
    ];
  });
  return [
    `# HELP ${name} How long something was between two stages.`,
    `# TYPE ${name} histogram`,
    ...all,
  ];
}

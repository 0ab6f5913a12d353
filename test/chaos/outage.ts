import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { signJira } from '../../emulators/jira/sign-jira.ts';
import { Readiness } from '../../src/http/contract.ts';
import { openStore } from '../../src/store/open.ts';
import { commentBody } from '../helpers/deliver.ts';
import { SECRETS, SYSTEMS } from '../helpers/five.ts';
import { until } from '../helpers/process.ts';
import type { Deployment, Part } from './deployment.ts';
import { IS_SOAK } from './figures.ts';
import type { Systems } from './systems.ts';

/** Something that a deployment depends on goes away and comes back. */
export interface Outage {
  readonly name: string;
  /** As `/ready` names it; null where nothing goes away for longer than a moment. */
  readonly dependency: string | null;
  readonly begin: () => Promise<void> | void;
  readonly end: () => Promise<void> | void;
  readonly seconds: number;
  /** Whether work goes on meanwhile, so that it is told how long questions waited for their answer. */
  readonly worksOn: boolean;
}

/** What senders and watchers saw from the outside. Times in milliseconds. */
export interface Seen {
  readonly name: string;
  readonly kept: number;
  readonly refused: number;
  /** Answers that were neither a 2xx nor a 503 with `Retry-After`, and connections that broke. */
  readonly wrong: readonly string[];
  readonly slowest: number;
  /** Until the first `/ready` that named it; null when none did. */
  readonly namedAfter: number | null;
  readonly readyAfter: number;
  /** From a question to its answer, the longest; null where work stands still. */
  readonly slowestEffect: number | null;
  /** Answers of `/health` that were not 200. */
  readonly unhealthy: number;
  /** Digests of the bodies that were acknowledged. */
  readonly acknowledged: readonly string[];
}

const ANSWER_MS = 2_000;
const NAMED_MS = 5_000;
const READY_MS = 10_000;
const EFFECT_MS = 5_000;
const PROBE_EVERY_MS = 100;
const ASK_EVERY = 5;
const PATIENCE_MS = 60_000;
/** As the most patient vendor waits for an answer. */
const GIVEN_UP_MS = 10_000;

interface Probe {
  readonly digest: string;
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly ms: number;
}

let probes = 0;

/** A signed delivery of its own, straight to one gateway; status 0 when the connection broke. */
function probe(gateway: Part): Promise<Probe> {
  probes += 1;
  const body = commentBody({ id: String(9_000_000 + probes), text: `note ${probes}` });
  const digest = createHash('sha256').update(body).digest('hex');
  const headers = {
    'content-type': 'application/json',
    'content-length': String(body.length),
    'x-hub-signature': signJira(body, SECRETS.jira),
    'x-atlassian-webhook-identifier': `probe-${probes}`,
  };
  const begun = performance.now();
  return new Promise((resolve) => {
    const heard = (status: number, retryAfter?: string): void =>
      resolve({ digest, status, retryAfter, ms: performance.now() - begun });
    const url = `${gateway.url}/webhooks/jira`;
    const sent = request(url, { method: 'POST', headers, agent: false }, (answer) => {
      answer.resume();
      answer.on('end', () => heard(answer.statusCode ?? 0, answer.headers['retry-after']));
    });
    sent.setTimeout(GIVEN_UP_MS, () => sent.destroy());
    sent.on('error', () => heard(0));
    sent.end(body);
  });
}

async function readiness(part: Part): Promise<Readiness> {
  const answer = await fetch(`${part.url}/ready`, { signal: AbortSignal.timeout(GIVEN_UP_MS) });
  return Readiness.parse(await answer.json());
}

/** Asks `/health` and `/ready` of one gateway until it is told to end. */
function watch(gateway: Part, dependency: string | null) {
  const begun = performance.now();
  let namedAfter: number | null = null;
  let unhealthy = 0;
  let isOver = false;
  const look = async (): Promise<void> => {
    while (!isOver) {
      const health = await fetch(`${gateway.url}/health`).catch(() => null);
      if (health?.ok !== true) unhealthy += 1;
      const { dependencies } = await readiness(gateway);
      const isNamed = dependencies.some(({ name, ok }) => name === dependency && !ok);
      if (isNamed) namedAfter ??= performance.now() - begun;
      await pause(PROBE_EVERY_MS);
    }
  };
  const looking = look();
  return {
    end: async () => {
      isOver = true;
      await looking;
      return { namedAfter, unhealthy };
    },
  };
}

/** Looks in the systems for the answer to each question. */
function watchEffects(systems: Systems) {
  const open = new Map<string, number>();
  let slowest = 0;
  const look = (): void => {
    for (const { subject } of systems.effects()) {
      const asked = open.get(subject);
      if (asked === undefined) continue;
      slowest = Math.max(slowest, performance.now() - asked);
      open.delete(subject);
    }
  };
  const timer = setInterval(look, PROBE_EVERY_MS / 2);
  return {
    asked: (subject: string) => void open.set(subject, performance.now()),
    end: async () => {
      await until('every question is answered', () => open.size === 0, PATIENCE_MS).finally(() => {
        clearInterval(timer);
      });
      return slowest;
    },
  };
}

/** Takes it away while people ask and senders send, gives it back, and waits until all programs are ready again. */
export async function suffer(
  { deployment, systems }: { readonly deployment: Deployment; readonly systems: Systems },
  outage: Outage,
): Promise<Seen> {
  const [first] = deployment.gateways;
  if (first === undefined) throw new Error('there is no gateway');
  const answers: Promise<Probe>[] = [];
  await outage.begin();
  const watching = watch(first, outage.dependency);
  const effects = outage.worksOn ? watchEffects(systems) : null;
  const over = performance.now() + outage.seconds * 1000;
  for (let n = 0; performance.now() < over; n += 1) {
    const gateway = deployment.gateways[n % deployment.gateways.length] ?? first;
    answers.push(probe(gateway));
    if (n % ASK_EVERY === 0) {
      const { subject } = systems.ask(SYSTEMS[(n / ASK_EVERY) % SYSTEMS.length] ?? 'jira');
      effects?.asked(subject);
    }
    await pause(PROBE_EVERY_MS);
  }
  const slowestEffect = (await effects?.end()) ?? null;
  const { namedAfter, unhealthy } = await watching.end();
  await outage.end();
  const back = performance.now();
  const isReady = async () =>
    (await Promise.all(deployment.parts.map(readiness))).every(({ ready }) => ready);
  await until(`${outage.name}: ready again`, isReady, PATIENCE_MS);
  const readyAfter = performance.now() - back;
  const heard = await Promise.all(answers);
  const kept = heard.filter(({ status }) => status >= 200 && status < 300);
  const refused = heard.filter((one) => one.status === 503 && one.retryAfter !== undefined);
  const wrong = heard.filter((one) => !kept.includes(one) && !refused.includes(one));
  return {
    name: outage.name,
    kept: kept.length,
    refused: refused.length,
    wrong: wrong.map(({ status }) => String(status)),
    slowest: Math.max(0, ...heard.map(({ ms }) => ms)),
    namedAfter,
    readyAfter,
    slowestEffect,
    unhealthy,
    acknowledged: kept.map(({ digest }) => digest),
  };
}

/** Of these bodies, those that are no row. */
export async function missingRows(storeUrl: string, seen: readonly Seen[]): Promise<string[]> {
  const store = await openStore(storeUrl);
  try {
    const kept = await store.db.selectFrom('delivery_bodies').select('body').execute();
    const rows = new Set(kept.map(({ body }) => createHash('sha256').update(body).digest('hex')));
    return seen.flatMap(({ acknowledged }) => acknowledged.filter((one) => !rows.has(one)));
  } finally {
    await store.close();
  }
}

/** One line for people; outages of one name are told together. */
export function tellOutages(seen: readonly Seen[]): string {
  const groups = [...Map.groupBy(seen, ({ name }) => name)];
  return groups.map(([name, group]) => tellGroup(name, group)).join('; ');
}

function tellGroup(name: string, group: readonly Seen[]): string {
  const sum = (of: (one: Seen) => number) => group.reduce((all, one) => all + of(one), 0);
  const most = (of: (one: Seen) => number | null) => Math.max(...group.map((one) => of(one) ?? 0));
  const times = group.length === 1 ? '' : ` (${group.length} times)`;
  const named = most((one) => one.namedAfter);
  const effect = most((one) => one.slowestEffect);
  return [
    `${name}${times}: ${sum((one) => one.kept)} kept`,
    `${sum((one) => one.refused)} sent away by 503`,
    `${sum((one) => one.wrong.length)} others`,
    `slowest answer ${ms(most((one) => one.slowest))}`,
    ...(named === 0 ? [] : [`named after ${ms(named)}`]),
    ...(effect === 0 ? [] : [`from question to answer at most ${ms(effect)}`]),
    `ready ${ms(most((one) => one.readyAfter))} after its return`,
  ].join(', ');
}

const ms = (value: number) => `${Math.round(value).toLocaleString('en-US')} ms`;

/** Times bind in a soak, which has the machine for itself; what is counted always does. */
export function keepsTimes(seen: Seen, outage: Outage): boolean {
  if (!IS_SOAK) return true;
  const named = outage.dependency === null || (seen.namedAfter ?? Infinity) <= NAMED_MS;
  const isQuick = seen.slowest <= ANSWER_MS && (seen.slowestEffect ?? 0) <= EFFECT_MS;
  return isQuick && seen.readyAfter <= READY_MS && named;
}

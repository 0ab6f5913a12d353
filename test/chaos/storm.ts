import { SYSTEMS } from '../helpers/five.ts';
import type { System } from '../helpers/five.ts';
import { until } from '../helpers/process.ts';
import { Polls, Status } from '../../src/http/contract.ts';
import type { Deployment, Part } from './deployment.ts';
import { scaled } from './figures.ts';
import type { Systems } from './systems.ts';

/** Work for a deployment, and what is done to its programs meanwhile. */
export interface Storm {
  readonly deployment: Deployment;
  readonly systems: Systems;
  readonly random: () => number;
  /** At least so many, each on a subject of its own. */
  readonly questions: number;
  /** How much is said on each subject besides. */
  readonly chats: number;
  /** At least so many deliveries are acknowledged in all. */
  readonly deliveries: number;
  /** How many programs are ended, one after the other. */
  readonly strikes: number;
  /** Ends a program; the storm starts it again. */
  readonly strike: (part: Part) => Promise<void>;
}

/** Of all deliveries so many come at least twice. */
const DOUBLED = 0.3;
const MOST_COPIES = 3;
// Between two things that people do; the pace of a busy company, not of a load test.
const PACE_MS = 8;
const MOST_WAITING = 30;
// A program that died is missed for so long at the most before somebody starts it again.
const MISSED_MS = 1_500;
const PATIENCE_MS = scaled(180_000, 600_000);

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** An attempt that the program has answered with 2xx. */
export const isAcknowledged = (status: number | null): boolean =>
  status !== null && status >= 200 && status < 300;

/** How many attempts of all systems were acknowledged. */
export function acknowledged(systems: Systems): number {
  let count = 0;
  for (const system of SYSTEMS) {
    for (const { attempts } of systems[system].deliveries) {
      count += attempts.filter(isAcknowledged).length;
    }
  }
  return count;
}

/** All deliveries of all systems. */
export function recordsOf(systems: Systems) {
  return SYSTEMS.flatMap((system) =>
    systems[system].deliveries.map((record) => ({ system, ...record })),
  );
}

/**
 * People ask and talk in all five systems, everything comes now and then twice to four times, and one program after the other
 * is ended and started again while deliveries are taken. Resolves when every delivery has its last answer.
 */
export async function rage(storm: Storm): Promise<void> {
  const { systems, questions, random } = storm;
  for (const system of SYSTEMS) {
    systems[system].pushWebhookFault(
      { kind: 'duplicate', times: 1e9, probability: DOUBLED / 2 },
      { kind: 'duplicate-new-id', times: 1e9, probability: DOUBLED / 2 },
    );
  }
  const copier = new Copier(storm);
  const blows = new Blows(storm);
  for (let asked = 0; asked < questions; asked += 1) {
    systems.ask(SYSTEMS[asked % SYSTEMS.length] ?? 'jira');
    for (let said = 0; said < storm.chats; said += 1) {
      const about = systems.questions[Math.floor(random() * systems.questions.length)];
      if (about !== undefined) systems.chat(about);
    }
    if (asked % SYSTEMS.length === 0) copier.copySome();
    await taken(storm);
  }
  copier.copySome();
  // There is always something under way when a program is ended.
  while (!blows.areOver || acknowledged(systems) < storm.deliveries) {
    copier.copyAny();
    await taken(storm);
  }
  await blows.over;
  await settle(systems);
}

/**
 * Resolves when so few deliveries wait for their answer that people go on, and somebody is there to take them: two of the
 * systems never send again what nobody took.
 */
async function taken({ systems, deployment }: Storm): Promise<void> {
  await pause(PACE_MS);
  const isTaken = (): boolean => {
    if (!deployment.gateways.some(({ isUp }) => isUp)) return false;
    const waiting = SYSTEMS.map(
      (system) => systems[system].deliveries.filter(({ outcome }) => outcome === 'waiting').length,
    );
    return waiting.reduce((sum, count) => sum + count, 0) < MOST_WAITING;
  };
  await until('deliveries are taken', isTaken, PATIENCE_MS);
}

/** Ends one program after the other, each when its share of the deliveries was acknowledged. */
class Blows {
  /** Resolves when the last program that was ended is there again. */
  readonly over: Promise<void>;
  areOver = false;
  private readonly storm: Storm;

  constructor(storm: Storm) {
    this.storm = storm;
    this.over = this.fall();
    // Whoever waits for the end hears of it; meanwhile it is no failure that nobody handles.
    this.over.catch(() => undefined).finally(() => (this.areOver = true));
  }

  private async fall(): Promise<void> {
    const { systems, deliveries, strikes } = this.storm;
    for (let struck = 1; struck <= strikes; struck += 1) {
      const share = (deliveries * struck) / (strikes + 1);
      await until('more is taken', () => acknowledged(systems) >= share, PATIENCE_MS);
      await endOne(this.storm);
    }
  }
}

async function settle(systems: Systems): Promise<void> {
  for (const system of SYSTEMS) await systems[system].idle();
}

async function endOne({ deployment, random, strike }: Storm): Promise<void> {
  const { parts, kind } = deployment;
  const victim = parts[Math.floor(random() * parts.length)];
  if (victim === undefined) throw new Error('there is no program to end');
  // At any moment of whatever is under way, not always right after a question.
  await pause(random() * 150);
  await strike(victim);
  if (kind === 'many') await pause(random() * MISSED_MS);
  await victim.start();
}

/** Delivers again what was delivered before. */
class Copier {
  private readonly storm: Storm;
  private readonly done = new Map<System, number>();

  constructor(storm: Storm) {
    this.storm = storm;
  }

  /** A share of what is new since the last time comes once to three times more, under new ids. */
  copySome(): void {
    const { systems, random } = this.storm;
    for (const system of SYSTEMS) {
      const { deliveries } = systems[system];
      const from = this.done.get(system) ?? 0;
      for (const { event, body } of deliveries.slice(from)) {
        if (random() >= DOUBLED) continue;
        const copies = 1 + Math.floor(random() * MOST_COPIES);
        for (let n = 0; n < copies; n += 1) systems[system].deliverWebhook(event, body);
      }
      this.done.set(system, systems[system].deliveries.length);
    }
  }

  /** A few of all that there ever were. */
  copyAny(): void {
    const { systems, random } = this.storm;
    for (const system of SYSTEMS) {
      const { deliveries } = systems[system];
      for (let n = 0; n < 2; n += 1) {
        const one = deliveries[Math.floor(random() * deliveries.length)];
        if (one !== undefined) systems[system].deliverWebhook(one.event, one.body);
      }
    }
  }
}

async function answerOf(deployment: Deployment, path: string): Promise<unknown> {
  const answer = await deployment.api.ask(path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return await answer.json();
}

/** What the deployment says of itself. */
export async function statusOf(deployment: Deployment): Promise<Status> {
  return Status.parse(await answerOf(deployment, '/api/status'));
}

/** Resolves when everything is read, every mailbox at rest, and every delivery that followed from it too. */
export async function rest({ deployment, systems }: Pick<Storm, 'deployment' | 'systems'>) {
  const isAtRest = async (): Promise<boolean> => {
    await settle(systems);
    const { deliveries, mailboxes, cycles, actions } = await statusOf(deployment);
    return deliveries.waiting + mailboxes.waiting + cycles.open + actions.sending === 0;
  };
  await until(
    'it is at rest',
    async () => {
      // What was written last comes back as an echo: at rest is what is so twice.
      return (await isAtRest()) && (await isAtRest());
    },
    PATIENCE_MS,
  );
}

/** Has all systems polled once more from an instant on, soon. */
export async function pollSoon(deployment: Deployment, since: Date): Promise<void> {
  const answer = await deployment.api.ask('/api/polls', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ since: since.toISOString() }),
  });
  if (answer.status !== 202) throw new Error(`polls: ${answer.status} ${await answer.text()}`);
}

/** Polls all systems once more from an instant on, and resolves when every scope was read. */
export async function pollAll(deployment: Deployment, since: Date): Promise<void> {
  const asked = new Date().toISOString();
  await pollSoon(deployment, since);
  await until(
    'every scope was polled once more',
    async () => {
      const { items } = Polls.parse(await answerOf(deployment, '/api/polls'));
      return items.every(({ succeeded }) => succeeded !== null && succeeded >= asked);
    },
    PATIENCE_MS,
  );
}

import type { Clock } from '../../src/lib/clock.ts';
import { countByState } from '../../src/store/counts.ts';
import type { Five, Program } from '../helpers/five.ts';

const PATIENCE_MS = 120_000;

// What is due within the same second is let happen together.
const STEP_MS = 1_000;

/** Waits by a clock that a test moves: what is late comes when `drive` has moved it so far. */
export interface HandTimer {
  readonly wait: (ms: number) => Promise<void>;
  /** When the next one comes; `Infinity` when nobody waits. */
  readonly next: () => number;
  readonly release: () => void;
}

export function handTimer(clock: Clock): HandTimer {
  let waiting: { readonly at: number; readonly go: () => void }[] = [];
  return {
    wait: (ms) => new Promise((go) => waiting.push({ at: clock.now() + ms, go })),
    next: () => Math.min(...waiting.map(({ at }) => at)),
    release: () => {
      const due = waiting.filter(({ at }) => at <= clock.now());
      waiting = waiting.filter((one) => !due.includes(one));
      for (const { go } of due) go();
    },
  };
}

/**
 * Lets everything happen, and moves the clock to the next thing that waits for its time whenever nobody is at work. Resolves
 * when nothing waits. `patienceMs` is of the machine's clock, for calls that nobody answers.
 */
export async function drive(
  five: Five,
  program: Program,
  given: { readonly timer?: HandTimer; readonly patienceMs?: number } = {},
): Promise<void> {
  const { clock } = five;
  const end = performance.now() + (given.patienceMs ?? PATIENCE_MS);
  for (;;) {
    if (performance.now() > end) throw new Error('it never came to rest');
    await quiet(five, program, end);
    const next = Math.min(await nextDue(program), given.timer?.next() ?? Infinity);
    if (next === Infinity) return;
    clock.move(Math.max(0, next - clock.now()) + STEP_MS);
    given.timer?.release();
    await program.app.judgement.timely.deferred.look();
    program.app.worker?.look();
  }
}

/**
 * Resolves when nobody is at work and nothing is due at this moment; asked twice, for what was on its way between. Throws
 * after `end`, by `performance.now`.
 */
export async function quiet(
  five: Five,
  program: Program,
  end = performance.now() + PATIENCE_MS,
): Promise<void> {
  let calm = 0;
  while (calm < 2) {
    if (performance.now() > end) throw new Error('somebody never ended their work');
    await five.idle();
    calm = (await isQuiet(program)) ? calm + 1 : 0;
    await new Promise((resolve) => setTimeout(resolve, calm === 0 ? 10 : 2));
  }
}

async function isQuiet({ app }: Program): Promise<boolean> {
  const { db, clock } = app.store;
  const { kept = 0 } = await countByState(db, 'deliveries');
  const busy = await db
    .selectFrom('mailboxes')
    .select('subject')
    .where((one) => one.or([one('owner', 'is not', null), one('due_at', '<=', clock.now())]))
    .limit(1)
    .execute();
  return kept === 0 && busy.length === 0;
}

async function nextDue({ app }: Program): Promise<number> {
  const { db } = app.store;
  const mailbox = await db
    .selectFrom('mailboxes')
    .select((one) => one.fn.min('due_at').as('at'))
    .executeTakeFirst();
  const deferred = await db
    .selectFrom('actions')
    .select((one) => one.fn.min('due_at').as('at'))
    .where('state', '=', 'deferred')
    .executeTakeFirst();
  return Math.min(...[mailbox?.at, deferred?.at].map((at) => at ?? Infinity));
}

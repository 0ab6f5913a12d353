import { asFailure } from '../domain/failure.ts';
import { troubleSubject } from '../domain/own-subjects.ts';
import type { Queue } from '../domain/queue.ts';
import type { Trouble } from '../domain/trouble.ts';
import { every } from '../lib/every.ts';
import type { Repeated } from '../lib/every.ts';
import type { Logger } from '../lib/logger.ts';
import { keepOwnMail } from '../store/own-mail.ts';
import type { OwnMail } from '../store/own-mail.ts';
import type { Work } from '../store/writer.ts';
import { keepTroubleNote, troubleNotes } from '../store/trouble-notes.ts';
import type { TroubleNote } from '../store/trouble-notes.ts';
import { troublesNow } from './troubles.ts';
import type { TroubleParts } from './troubles.ts';

export interface TroubleWatchParts extends TroubleParts {
  readonly queue: Queue;
  readonly log: Logger;
  /** Whether there is a channel in which troubles are told. */
  readonly hasChannel: () => boolean;
}

const EVERY_MS = 60_000;
const MINUTE_MS = 60_000;
const FIRST_RETRY_MS = 15 * MINUTE_MS;
const LONGEST_RETRY_MS = 60 * MINUTE_MS;
const MOST_DOUBLINGS = 4;

/**
 * Looks for troubles of the program, remembers them, and puts what is to be told into its mailbox; whether it may be told
 * now is for the policy. Each is told once until it has ended, and then its end, at most.
 */
export class TroubleWatch {
  private readonly parts: TroubleWatchParts;
  private readonly looking: Repeated;

  constructor(parts: TroubleWatchParts) {
    this.parts = parts;
    this.looking = every(
      EVERY_MS,
      () => this.look(),
      (error) => parts.log.warn({ kind: asFailure(error).kind }, 'troubles were not looked for'),
    );
  }

  start(): void {
    this.looking.start();
  }

  async stop(): Promise<void> {
    await this.looking.stop();
  }

  /** Looks now. Throws a `Failure` when the store is away. */
  async look(): Promise<void> {
    const { store, clock, queue } = this.parts;
    const troubles = new Map((await troublesNow(this.parts)).map((one) => [one.id, one]));
    const now = clock.now();
    const woken = await store.write(async (work) => {
      const notes = await troubleNotes(work.db);
      const mail: OwnMail[] = [];
      for (const id of new Set([...troubles.keys(), ...notes.keys()])) {
        const seen = { id, trouble: troubles.get(id) ?? null, note: notes.get(id) ?? null, now };
        mail.push(...(await this.remember(work, seen)));
      }
      await keepOwnMail(work.db, mail, now);
      return mail;
    });
    for (const { subject } of woken) queue.announce(subject, now);
  }

  private async remember(work: Work, seen: Seen): Promise<OwnMail[]> {
    const { id, trouble, note, now } = seen;
    const before = note ?? NOTHING;
    const news = newsOf(seen);
    const isNew = trouble !== null && before.now === null;
    const isOver = trouble === null && before.now !== null;
    const mails = news !== null && this.parts.hasChannel();
    const after = {
      ...before,
      now: trouble,
      since: isNew ? now : before.since,
      ...(isOver ? { tries: 0, told: null } : {}),
      ...(mails ? { tries: before.tries + 1, nextAt: now + waitAfter(before.tries) } : {}),
    };
    if (JSON.stringify(after) !== JSON.stringify(note ?? NOTHING)) {
      await keepTroubleNote(work.db, id, after);
    }
    if (isNew) this.parts.log.warn({ trouble: id, level: trouble.level }, 'trouble began');
    if (isOver) this.parts.log.info({ trouble: id }, 'trouble ended');
    return mails ? [mailOf(id, news, now)] : [];
  }
}

const NOTHING: TroubleNote = {
  now: null,
  since: 0,
  told: null,
  proposed: null,
  nextAt: 0,
  tries: 0,
};

interface Seen {
  readonly id: string;
  readonly trouble: Trouble | null;
  readonly note: TroubleNote | null;
  readonly now: number;
}

/** What is to be told, if anything. */
function newsOf({ trouble, note, now }: Seen): 'trouble.began' | 'trouble.ended' | null {
  const before = note ?? NOTHING;
  if (trouble !== null) {
    const isDue = before.told !== trouble.mark && now >= before.nextAt;
    return isDue ? 'trouble.began' : null;
  }
  // Nobody needs the end of what was not told, nor of what had no duration.
  return before.now?.ends === true && before.told !== null ? 'trouble.ended' : null;
}

function waitAfter(tries: number): number {
  return Math.min(FIRST_RETRY_MS * 2 ** Math.min(tries, MOST_DOUBLINGS), LONGEST_RETRY_MS);
}

function mailOf(id: string, kind: string, now: number): OwnMail {
  return {
    key: `${kind}:${id}:${now}`,
    kind,
    subject: troubleSubject(id),
    title: kind === 'trouble.began' ? `Trouble: ${id}` : `Over: ${id}`,
    rule: 'trouble',
  };
}

import type { FaultEffect } from '../../emulators/http/fault-plan.ts';
import type { HandTimer } from './drive.ts';

type Strike = FaultEffect & { readonly times?: number };

/** One of the ways in which a system fails a change, and how the change must end. */
export interface FaultKind {
  readonly name: string;
  /** What strikes the change itself. */
  readonly send: Strike;
  /** What strikes the looks for the change, once it was sent. */
  readonly look?: Strike;
  readonly ends: 'done' | 'failed' | 'unknown';
  /** How often the change is there at the end, and how often it was sent. */
  readonly effects: 0 | 1;
  readonly sends: number;
  /** For so long the system is asked nothing about this change. */
  readonly silentMs?: number;
}

const SILENT_MS = 120_000;
const LATE_MS = 60_000;

const done = { ends: 'done', effects: 1 } as const;
const failed = { ends: 'failed', effects: 0, sends: 1 } as const;
const seconds = (ms: number) => ({ 'retry-after': String(ms / 1000) });

/** The 22 kinds of R9. What is late is so by the clock of the test. */
export function faultKinds({ wait }: Pick<HandTimer, 'wait'>): readonly FaultKind[] {
  const status = (code: number, more: { apply?: boolean; times?: number } = {}): Strike => {
    return { kind: 'status', status: code, body: {}, ...more };
  };
  return [
    // These take the time of the machine: begun first, they last beside the others.
    { name: 'no answer', send: { kind: 'never-answer' }, ...done, sends: 2 },
    { name: 'no answer, and done', send: { kind: 'never-answer', apply: true }, ...done, sends: 1 },
    { name: 'an answer in drops', send: { kind: 'drip', ms: 400 }, ...done, sends: 1 },
    {
      name: 'too many requests, for so many seconds',
      send: { kind: 'status', status: 429, headers: seconds(SILENT_MS) },
      ...done,
      sends: 2,
      silentMs: SILENT_MS,
    },
    {
      name: 'too many requests, until a date',
      send: {
        kind: 'status',
        status: 429,
        get headers() {
          // The emulators name the machine's time as theirs.
          return { 'retry-after': new Date(Date.now() + SILENT_MS).toUTCString() };
        },
      },
      ...done,
      sends: 2,
      // Dates are whole seconds, at both ends.
      silentMs: SILENT_MS - 2_000,
    },
    {
      name: 'too many requests, and done all the same',
      send: status(429, { apply: true }),
      ...done,
      sends: 1,
    },
    { name: 'an inner error', send: status(500), ...done, sends: 2 },
    {
      name: 'an inner error after it was done',
      send: status(500, { apply: true }),
      ...done,
      sends: 1,
    },
    {
      name: 'a gateway error, done a minute later',
      send: { kind: 'apply-late', ms: LATE_MS, status: 502, wait },
      ...done,
      sends: 1,
    },
    {
      name: 'unavailable for so many seconds',
      send: { kind: 'status', status: 503, headers: seconds(SILENT_MS) },
      ...done,
      sends: 2,
      silentMs: SILENT_MS,
    },
    { name: 'unavailable each time', send: status(503, { times: 6 }), ...failed, sends: 6 },
    { name: 'the line lost before', send: { kind: 'hang-up-before' }, ...done, sends: 2 },
    { name: 'the line lost after it was done', send: { kind: 'hang-up-after' }, ...done, sends: 1 },
    {
      name: 'the line lost, done a minute later',
      send: { kind: 'apply-late', ms: LATE_MS, wait },
      ...done,
      sends: 1,
    },
    { name: 'an answer cut in half', send: { kind: 'cut-off' }, ...done, sends: 1 },
    { name: 'a page instead of an answer', send: { kind: 'garbage' }, ...done, sends: 1 },
    { name: 'an answer of another shape', send: status(200, { apply: true }), ...done, sends: 1 },
    { name: 'refused', send: status(400), ...failed },
    {
      name: 'refused, and done all the same',
      send: status(400, { apply: true }),
      ...done,
      sends: 1,
    },
    { name: 'not permitted', send: status(403), ...failed },
    {
      name: 'the line lost after it was done, and no look for a while',
      send: { kind: 'hang-up-after' },
      look: status(503, { times: 3 }),
      ...done,
      sends: 1,
    },
    {
      name: 'the line lost after it was done, and no look permitted',
      send: { kind: 'hang-up-after' },
      look: status(403, { times: 2 }),
      ends: 'unknown',
      effects: 1,
      sends: 1,
    },
  ];
}

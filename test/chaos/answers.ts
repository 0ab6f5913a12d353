import type { Fault, Struck as Request } from '../../emulators/http/fault-plan.ts';
import { SYSTEMS } from '../helpers/five.ts';
import type { Five, Program, System } from '../helpers/five.ts';
import type { FaultKind } from './fault-kinds.ts';
import { ask, placeOf, QUESTION } from './questions.ts';
import type { Question } from './questions.ts';

/** One request about an answer, by the clock of the systems. */
interface Touch {
  readonly does: 'send' | 'look';
  readonly at: number;
}

/** A question whose answer meets a fault. */
interface Case {
  readonly question: Question;
  readonly kind: FaultKind;
  /** What the system saw of the answer, from the first send on. */
  readonly touches: Touch[];
}

/** How a case ended. */
export interface Ended {
  readonly system: System;
  readonly kind: FaultKind;
  /** Of the answer, in our store; null when there is not exactly one. */
  readonly state: string | null;
  /** At the system. */
  readonly effects: number;
  readonly sends: number;
  /** How long the system was left alone after its first send, by the clock of the systems; null when it never was asked again. */
  readonly silentMs: number | null;
}

interface Asking {
  /** What is asked; the usual question unless told. */
  readonly words?: (number: number) => string;
  /** Called when the first send of an answer has come to its system. */
  readonly sent?: () => void;
}

/** Asks one question for each kind in each system; the fault waits for the answer, and for nothing else. */
export function askUnderFaults(
  five: Five,
  kinds: readonly FaultKind[],
  { words = () => QUESTION, sent = () => undefined }: Asking = {},
): readonly Case[] {
  const struck = SYSTEMS.map((system) => {
    const byPlace = new Map<string, Case>();
    five[system].faults.watch((request) => strike(five, { system, byPlace, request, sent }));
    return { system, byPlace };
  });
  return kinds.flatMap((kind, at) =>
    struck.map(({ system, byPlace }) => {
      five.clock.move(1);
      asked += 1;
      const question = ask(five, system, { number: asked, words: words(at) });
      const one: Case = { question, kind, touches: [] };
      byPlace.set(question.place, one);
      return one;
    }),
  );
}

// Places are told apart over all questions of a test file.
let asked = 0;

interface Seen {
  readonly system: System;
  readonly byPlace: ReadonlyMap<string, Case>;
  readonly request: Request;
  readonly sent: () => void;
}

/** A fault is pushed when the first send of its answer comes, so that it strikes this one and what follows it. */
function strike(five: Five, { system, byPlace, request, sent }: Seen): void {
  const touched = placeOf(system, request);
  const one = byPlace.get(touched?.place ?? '');
  if (touched === null || one === undefined) return;
  const isFirst = one.touches.length === 0;
  if (isFirst && touched.does === 'look') return;
  one.touches.push({ does: touched.does, at: five.clock.now() });
  if (!isFirst) return;
  const { send, look } = one.kind;
  const faults: Fault[] = [{ ...send, match: matchOf(one, request, 'send') }];
  if (look !== undefined) faults.push({ ...look, match: matchOf(one, request, 'look') });
  five[system].faults.push(...faults);
  sent();
}

function matchOf({ question }: Case, { path }: Request, does: Touch['does']): Fault['match'] & {} {
  const exactly = (text: string): string => text.replace(/[.\\^$*+?()[\]{}|]/g, '\\$&');
  if (question.system !== 'slack') {
    return { method: does === 'send' ? 'POST' : 'GET', path: new RegExp(`^${exactly(path)}$`) };
  }
  const name = does === 'send' ? 'thread_ts' : 'ts';
  return {
    path: does === 'send' ? /\/chat\.postMessage$/ : /\/conversations\.replies$/,
    body: new RegExp(`(?:^|&)${name}=${exactly(question.place)}(?:&|$)`),
  };
}

/** How the answers stand, in our store and in the systems. */
export async function endsOf(program: Program, cases: readonly Case[]): Promise<readonly Ended[]> {
  const rows = await program.app.store.db
    .selectFrom('actions')
    .select(['subject', 'state'])
    .execute();
  const states = Map.groupBy(rows, ({ subject }) => subject);
  return cases.map(({ question, kind, touches }) => {
    const [row, ...more] = states.get(question.subject) ?? [];
    const [first, second] = touches;
    return {
      system: question.system,
      kind,
      state: row === undefined || more.length > 0 ? null : row.state,
      effects: question.answers(),
      sends: touches.filter(({ does }) => does === 'send').length,
      silentMs: first === undefined || second === undefined ? null : second.at - first.at,
    };
  });
}

import { asFailure } from '../domain/failure.ts';
import type { Clock } from '../lib/clock.ts';
import type { Readiness } from './contract.ts';
import type { Dependency } from './parts.ts';

// Together below five seconds: so long it may take until what is down is named.
const DEADLINE_MS = 2500;
const FRESH_MS = 2000;
const FAILED_MS = 30_000;

type Answer = Readiness['dependencies'][number];

async function ask(dependency: Dependency): Promise<Answer> {
  const { name, required } = dependency;
  const startedAt = performance.now();
  const took = () => Math.round(performance.now() - startedAt);
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const late = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(asFailure(signal.reason)), { once: true });
  });
  try {
    const note = await Promise.race([checked(dependency, signal), late]);
    const answer = { name, required, ok: true, ms: took(), failure: null };
    return note === null ? answer : { ...answer, note };
  } catch (error) {
    const failure = signal.aborted ? 'timeout' : asFailure(error).kind;
    return { name, required, ok: false, ms: took(), failure };
  }
}

async function checked(dependency: Dependency, signal: AbortSignal): Promise<string | null> {
  await dependency.check(signal);
  return (await dependency.note?.()) ?? null;
}

/** Asks again when its last answer is no longer fresh. */
function remembering(dependency: Dependency, clock: Clock): () => Promise<Answer> {
  const { freshMs = FRESH_MS } = dependency;
  let last: { readonly at: number; goodFor: number; readonly answer: Promise<Answer> } | null =
    null;
  return () => {
    const now = clock.now();
    if (last === null || now < last.at || now - last.at >= last.goodFor) {
      // What failed may be back soon.
      const asked = { at: now, goodFor: Math.min(freshMs, FAILED_MS), answer: ask(dependency) };
      void asked.answer.then(({ ok }) => {
        if (ok) asked.goodFor = freshMs;
      });
      last = asked;
    }
    return last.answer;
  };
}

/** Asks every dependency, all at once; each answer is good for a while, so that probes cost the others little. */
export function createReadiness(dependencies: readonly Dependency[], clock: Clock) {
  const all = dependencies.map((dependency) => remembering(dependency, clock));
  return async (): Promise<Readiness> => {
    const answers = await Promise.all(all.map((answer) => answer()));
    const ready = answers.every((answer) => answer.ok || !answer.required);
    return { ready, dependencies: answers };
  };
}

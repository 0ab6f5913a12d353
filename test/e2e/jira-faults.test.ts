import { describe, test } from 'vitest';
import type { Fault } from '../../emulators/http/fault-plan.ts';
import { MIA, QUESTION, startAgent } from '../helpers/agent.ts';

const POST = { method: 'POST', path: /\/issue\/ECD-1\/comment$/ };
const LOOK = { method: 'GET', path: /\/issue\/ECD-1\/comment$/ };
const READ = { method: 'GET', path: /\/issue\/ECD-1$/ };

interface WriteCase {
  readonly name: string;
  readonly faults: readonly Fault[];
  readonly comments: 0 | 1;
  readonly state: 'done' | 'failed' | 'unknown';
  /** How often the comment was sent. */
  readonly sends: number;
}

const once = { comments: 1, state: 'done' } as const;
const never = { comments: 0, state: 'failed', sends: 1 } as const;

// Context reads the comments first; only the looks after the send are struck.
const blind = (status: number, times: number): Fault[] => [
  { kind: 'delay', ms: 0, match: LOOK },
  { kind: 'status', status, match: LOOK, times },
];

const OUTCOMES = { done: 'answered', failed: 'failed', unknown: 'unknown' } as const;

const WRITES: readonly WriteCase[] = [
  {
    name: 'a rate limit is waited out and the comment sent again',
    faults: [{ kind: 'status', status: 429, headers: { 'retry-after': '1' }, match: POST }],
    sends: 2,
    ...once,
  },
  {
    name: 'a rate limit that comes twice is waited out twice',
    faults: [
      { kind: 'status', status: 429, headers: { 'retry-after': '1' }, match: POST, times: 2 },
    ],
    sends: 3,
    ...once,
  },
  {
    name: 'an error 500 without effect is sent again',
    faults: [{ kind: 'status', status: 500, match: POST }],
    sends: 2,
    ...once,
  },
  {
    name: 'an error 500 with effect is not sent again',
    faults: [{ kind: 'status', status: 500, apply: true, match: POST }],
    sends: 1,
    ...once,
  },
  {
    name: 'an error 503 is sent again',
    faults: [{ kind: 'status', status: 503, match: POST }],
    sends: 2,
    ...once,
  },
  {
    name: 'a line lost before the effect is sent again',
    faults: [{ kind: 'hang-up-before', match: POST }],
    sends: 2,
    ...once,
  },
  {
    name: 'a line lost after the effect is not sent again',
    faults: [{ kind: 'hang-up-after', match: POST }],
    sends: 1,
    ...once,
  },
  {
    name: 'an effect that comes late is waited for',
    faults: [{ kind: 'apply-late', ms: 100, match: POST }],
    sends: 1,
    ...once,
  },
  {
    name: 'an effect that comes late after an error 502 is waited for',
    faults: [{ kind: 'apply-late', ms: 100, status: 502, match: POST }],
    sends: 1,
    ...once,
  },
  {
    name: 'an answer that cannot be read is not sent again when it had effect',
    faults: [{ kind: 'garbage', match: POST }],
    sends: 1,
    ...once,
  },
  {
    name: 'a line lost after the effect, with no look at the issue for a while, is not sent again',
    faults: [{ kind: 'hang-up-after', match: POST }, ...blind(500, 3)],
    sends: 1,
    ...once,
  },
  {
    name: 'a line lost before the effect, with no look at the issue for a while, is sent again',
    faults: [{ kind: 'hang-up-before', match: POST }, ...blind(500, 3)],
    sends: 2,
    ...once,
  },
  {
    name: 'a lost line after which nobody may look is left to a person',
    faults: [{ kind: 'hang-up-after', match: POST }, ...blind(403, 2)],
    comments: 1,
    state: 'unknown',
    sends: 1,
  },
  {
    name: 'a refusal (400) without effect ends as failed',
    faults: [{ kind: 'status', status: 400, match: POST }],
    ...never,
  },
  {
    name: 'a missing permission (403) ends as failed',
    faults: [{ kind: 'status', status: 403, match: POST }],
    ...never,
  },
  {
    name: 'an expired token (401) ends as failed',
    faults: [{ kind: 'status', status: 401, match: POST }],
    ...never,
  },
  {
    name: 'a reported refusal (400) with effect is found to be done',
    faults: [{ kind: 'status', status: 400, apply: true, match: POST }],
    sends: 1,
    ...once,
  },
];

describe('a comment that meets a fault', () => {
  test.concurrent.for(WRITES)('$name', async (given, { expect, onTestFinished }) => {
    const agent = await startAgent({ mode: 'production', model: true, finished: onTestFinished });
    agent.jira.faults.push(...given.faults);

    agent.jira.addComment('ECD-1', MIA, QUESTION);
    await agent.untilIdle();

    expect(agent.jira.faults.pending).toBe(0);
    const written = agent.written();
    expect(written).toHaveLength(given.comments);
    const trace = await agent.onlyTrace();
    expect(trace.actions).toMatchObject([
      {
        state: given.state,
        attempts: given.sends,
        effectId: given.state === 'done' ? written[0]!.id : null,
      },
    ]);
    expect(trace.cycle).toMatchObject({
      status: 'finished',
      outcome: OUTCOMES[given.state],
    });
    const sends = agent.jira.requests.filter(
      ({ method, path }) => method === 'POST' && path.endsWith('/comment'),
    );
    expect(sends).toHaveLength(given.sends);
    expect(agent.jira.writes).toBe(given.comments);
    expect(agent.model.calls).toBe(1);
    if (given.state === 'failed') {
      const note = trace.actions[0]?.note;
      expect(note).toMatch(/^(refused|forbidden|unauthorized): /);
      expect(trace.headline).toContain(note);
    }
    await agent.journalHolds();
  });
});

interface ReadCase {
  readonly name: string;
  readonly fault: Fault;
  readonly note: RegExp;
}

// Facts and survey read it side by side, so each fault strikes twice as often.
const READS: readonly ReadCase[] = [
  {
    name: 'answers 500',
    fault: { kind: 'status', status: 500, match: READ, times: 6 },
    note: /^unavailable: .*500/,
  },
  {
    name: 'loses the line',
    fault: { kind: 'hang-up-before', match: READ, times: 6 },
    note: /^broken-line: /,
  },
  {
    name: 'answers 404',
    fault: { kind: 'status', status: 404, match: READ, times: 2 },
    note: /^not-found: .*404/,
  },
  {
    name: 'answers 403',
    fault: { kind: 'status', status: 403, match: READ, times: 2 },
    note: /^forbidden: .*403/,
  },
  {
    name: 'answers garbage',
    fault: { kind: 'garbage', match: READ, times: 6 },
    note: /^bad-answer: /,
  },
];

describe('an issue whose reading', () => {
  test.concurrent.for(READS)(
    '$name is noted as unread, and the cycle ends',
    async (given, { expect, onTestFinished }) => {
      const agent = await startAgent({ mode: 'production', finished: onTestFinished });
      agent.jira.faults.push(given.fault);

      agent.jira.addComment('ECD-1', MIA, QUESTION);
      await agent.untilIdle();

      expect(agent.jira.faults.pending).toBe(0);
      const trace = await agent.onlyTrace();
      expect(trace.context).toMatchObject({ facts: [], sources: [{ source: 'jira', ok: false }] });
      expect(trace.context?.sources[0]?.note).toMatch(given.note);
      expect(trace.cycle).toMatchObject({ status: 'finished', outcome: 'answered' });
      const [written, ...more] = agent.written();
      expect(more).toEqual([]);
      expect(JSON.stringify(written?.body)).toContain('I could not read jira just now.');
    },
  );

  test.concurrent.for([500, 503])(
    'answers %i only once is tried again and read',
    async (status, { expect, onTestFinished }) => {
      const agent = await startAgent({ mode: 'production', finished: onTestFinished });
      agent.jira.faults.push({ kind: 'status', status, match: READ });

      agent.jira.addComment('ECD-1', MIA, QUESTION);
      await agent.untilIdle();

      const trace = await agent.onlyTrace();
      expect(trace.context?.sources).toMatchObject([{ ok: true }]);
      expect(agent.written()).toHaveLength(1);
    },
  );
});

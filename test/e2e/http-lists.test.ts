import { expect, test } from 'vitest';
import type { Action } from '../../src/domain/action.ts';
import { newId } from '../../src/lib/ids.ts';
import { addActions } from '../../src/store/actions.ts';
import { closeCycle, saveCycle } from '../../src/store/cycles.ts';
import { endEvents } from '../../src/store/events.ts';
import { claimMailboxes, releaseMailbox } from '../../src/store/mailboxes.ts';
import { addModelCall } from '../../src/store/model-calls.ts';
import { handClock } from '../helpers/store.ts';
import { ADMIN, problemIn, startWorld } from './http-world.ts';
import type { World } from './http-world.ts';

interface Page {
  readonly items: Record<string, unknown>[];
  readonly next: string | null;
  readonly total: number;
}

async function page(world: World, path: string): Promise<Page> {
  const answer = await world.ask(path, { token: ADMIN });
  expect(answer.status).toBe(200);
  return (await answer.json()) as Page;
}

async function json(world: World, path: string): Promise<Record<string, unknown>> {
  return (await (await world.ask(path, { token: ADMIN })).json()) as Record<string, unknown>;
}

const SUBJECT = 'jira:issue:ECD-12';

function action(cycle: string, now: number, changes: Partial<Action> = {}): Action {
  return {
    id: newId(now),
    cycle,
    subject: SUBJECT,
    ordinal: 0,
    operation: 'jira.add-comment',
    effect: 'write',
    input: { issue: 'ECD-12', text: 'It stands well.' },
    digest: 'd'.repeat(64),
    preview: 'Comment on ECD-12: It stands well.',
    reason: 'Mia asked.',
    mode: 'production',
    state: 'done',
    verdict: { answer: 'allow', rule: 'answers', reason: 'an answer to a question' },
    attempts: 1,
    answers: ['jira:comment:1'],
    effectId: 'jira:comment:77',
    effectUrl: null,
    note: null,
    createdAt: new Date(now).toISOString(),
    sentAt: null,
    resendAfter: null,
    settledAt: null,
    purpose: 'answer',
    dueAt: null,
    askedBy: null,
    reaches: null,
    approval: null,
    directives: null,
    author: 'model',
    ...changes,
  };
}

/** A delivery that led to a cycle which ended as told. */
async function cycleOf(
  world: World,
  now: number,
  end: { action?: Partial<Action>; outcome: string; id?: string },
): Promise<string> {
  const id = end.id ?? '1';
  await world.deliver(JSON.stringify({ comment: id }), { id: `delivery-${id}` });
  await world.read();
  const claim = { owner: 'test', now, leaseMs: 1000, mode: 'production', limit: 1 };
  const [claimed] = await world.store.write(({ db }) => claimMailboxes(db, claim));
  const { cycle } = claimed!;
  const source = {
    source: 'jira',
    ok: true,
    facts: 1,
    readAt: new Date(now - 1500).toISOString(),
    durationMs: 5,
    note: null,
  };
  const fact = {
    id: 'jira:field:status',
    kind: 'status',
    text: 'Status: Done',
    at: null,
    author: null,
    url: null,
  };
  const context = {
    subject: SUBJECT,
    events: [],
    facts: [fact],
    sources: [source],
    history: [],
    answered: [],
    directivesVersion: 'v1',
  };
  const plan = {
    shouldRespond: true,
    urgency: 'low',
    reasoning: 'Nobody asked anything.',
    actions: [],
    unknowns: [],
  };
  const thought = { plan, planner: 'model', notes: [] };
  await world.store.write(async ({ db, journal }) => {
    await saveCycle(db, cycle, {
      context: JSON.stringify(context),
      thought: JSON.stringify(thought),
      planner: 'model',
      now,
    });
    if (end.action !== undefined) await addActions(db, [action(cycle, now, end.action)]);
    const usage = {
      model: 'a-model',
      inputTokens: 100,
      cacheReadTokens: 0,
      cacheWriteTokens: 0,
      outputTokens: 10,
      costUsd: 0.25,
    };
    await addModelCall(db, { cycle, at: now, outcome: 'ok', usage, durationMs: 40 });
    await closeCycle(db, cycle, { state: 'finished', outcome: end.outcome, now });
    await endEvents(db, cycle, 'settled');
    await releaseMailbox(db, claimed!);
    journal({ kind: 'cycle.finished', subject: SUBJECT, cycle, data: { outcome: end.outcome } });
  });
  return cycle;
}

test('the status counts what was kept, done and spent', async () => {
  const clock = handClock();
  const world = await startWorld({ clock });
  const cycle = await cycleOf(world, clock.now(), { action: {}, outcome: 'answered' });
  await world.deliver('no json', { id: 'odd' });
  await world.read();

  const status = await json(world, '/api/status');

  expect(status).toMatchObject({
    mode: 'simulation',
    version: '1.2.3',
    model: null,
    deliveries: { kept: 2, quarantined: 1 },
    events: { kept: 1 },
    cycles: { finished: 1, open: 0, failed: 0 },
    actions: { done: 1, simulated: 0, held: 0, denied: 0, unknown: 0 },
    lastCycle: { id: cycle, outcome: 'answered', costUsd: 0.25 },
    spend: { calls: 1, usd: 0.25, todayUsd: 0.25 },
  });
  expect(status['mailboxes']).toHaveProperty('waiting');
});

test('a trace holds everything from the trigger to the cost', async () => {
  const clock = handClock();
  const world = await startWorld({ clock });
  const cycle = await cycleOf(world, clock.now(), { action: {}, outcome: 'answered' });

  const trace = await json(world, `/api/cycles/${cycle}`);

  const [delivery] = (await page(world, '/api/deliveries')).items;
  expect(trace).toMatchObject({
    headline: 'Answered on jira:issue:ECD-12 (comment), because Mia Sander asked.',
    cycle: { id: cycle, status: 'finished' },
    trigger: { events: [{ subject: SUBJECT, rule: 'comment' }], deliveries: [delivery!['id']] },
    context: { facts: [{ text: 'Status: Done' }], sources: [{ source: 'jira', ageMs: 1500 }] },
    thought: { planner: 'model', plan: { reasoning: 'Nobody asked anything.' } },
    modelCalls: [{ model: 'a-model', outcome: 'ok' }],
    actions: [{ state: 'done', verdict: { answer: 'allow', rule: 'answers' } }],
    journal: [{ kind: 'cycle.finished' }],
    costUsd: 0.25,
  });
});

test.each<[string, Partial<Action> | undefined, string, string]>([
  [
    'simulated',
    { state: 'simulated' },
    'simulated',
    'Would have answered on jira:issue:ECD-12 (comment), because Mia Sander asked; nothing was sent.',
  ],
  [
    'denied',
    { state: 'denied', verdict: { answer: 'deny', rule: 'never', reason: 'it is on the list' } },
    'denied',
    'Was not allowed to act on jira:issue:ECD-12 (comment): it is on the list.',
  ],
  [
    'unknown',
    { state: 'unknown' },
    'unknown',
    'May have answered on jira:issue:ECD-12 (comment), nobody can tell: look at it.',
  ],
  [
    'silent',
    undefined,
    'nothing needed',
    'Did nothing on jira:issue:ECD-12: Nobody asked anything.',
  ],
])('the headline of a cycle that was %s', async (_name, act, outcome, headline) => {
  const clock = handClock();
  const world = await startWorld({ clock });
  const end = act === undefined ? { outcome } : { outcome, action: act };
  const cycle = await cycleOf(world, clock.now(), end);

  expect(await json(world, `/api/cycles/${cycle}`)).toMatchObject({ headline });
});

test.each(['deliveries', 'events', 'journal', 'cycles', 'actions'])(
  '/api/%s pages by cursor without missing or repeating',
  async (list) => {
    const clock = handClock();
    const world = await startWorld({ clock });
    for (let at = 0; at < 5; at += 1) {
      clock.move(1000);
      await cycleOf(world, clock.now(), { action: {}, outcome: 'answered', id: String(at) });
    }

    const all = await page(world, `/api/${list}`);
    const walked: unknown[] = [];
    let next: string | null = '';
    while (next !== null) {
      const cursor: string = next === '' ? '' : `&cursor=${encodeURIComponent(next)}`;
      const part: Page = await page(world, `/api/${list}?limit=2${cursor}`);
      expect(part.total).toBe(5);
      walked.push(...part.items);
      next = part.next;
    }

    expect(all.total).toBe(5);
    expect(all.next).toBeNull();
    expect(walked).toEqual(all.items);
  },
);

test('lists are filtered by status, source, subject and time', async () => {
  const clock = handClock();
  const world = await startWorld({ clock });
  await cycleOf(world, clock.now(), { action: {}, outcome: 'answered' });
  clock.move(2 * 3_600_000);
  await world.deliver('no json', { id: 'odd' });
  await world.read();
  const total = async (path: string) => (await page(world, path)).total;

  expect(await total('/api/deliveries?status=quarantined')).toBe(1);
  expect(await total('/api/deliveries?since=1h')).toBe(1);
  expect(await total('/api/deliveries?since=3h')).toBe(2);
  expect(await total('/api/deliveries?since=2026-03-02T10:00:00Z')).toBe(1);
  expect(await total(`/api/deliveries?subject=${SUBJECT}`)).toBe(1);
  expect(await total('/api/events?source=jira&status=settled')).toBe(1);
  expect(await total('/api/events?source=slack')).toBe(0);
  expect(await total(`/api/cycles?subject=${SUBJECT}&status=finished&source=jira`)).toBe(1);
  expect(await total('/api/actions?status=done&source=jira')).toBe(1);
  expect(await total('/api/actions?status=held')).toBe(0);
  expect(await total('/api/journal?status=cycle.finished')).toBe(1);
  expect(await total('/api/journal?since=1h')).toBe(1);
});

test.each([
  ['/api/deliveries?limit=0', 'limit'],
  ['/api/deliveries?limit=201', 'limit'],
  ['/api/deliveries?limit=ten', 'limit'],
  ['/api/events?since=yesterday', 'since'],
  ['/api/events?since=2026-99-99', 'since'],
  ['/api/events?cursor=abc', 'cursor'],
  ['/api/cycles?cursor=12', 'cursor'],
  ['/api/cycles?status=done', 'status'],
  ['/api/actions?subject=a&subject=b', 'subject'],
  ['/api/journal?stauts=x', 'stauts'],
])('%s is a problem that names %s and its fix', async (path, field) => {
  const world = await startWorld();

  const answer = await world.ask(path, { token: ADMIN });

  expect(answer.status).toBe(400);
  const problem = await problemIn(answer);
  expect(problem).toMatchObject({ kind: 'invalid-input', errors: [{ field }] });
  const [error] = problem['errors'] as { fix: string }[];
  expect(error!.fix.length).toBeGreaterThan(5);
});

test.each(['/api/cycles/x', `/api/cycles/${newId()}`, `/api/deliveries/${newId()}`])(
  '%s is not found',
  async (path) => {
    const world = await startWorld();

    const answer = await world.ask(path, { token: ADMIN });

    expect(answer.status).toBe(404);
    expect(await problemIn(answer)).toMatchObject({ kind: 'not-found' });
  },
);

test('a delivery shows its body to approvers and admins, and only what describes it to viewers', async () => {
  const world = await startWorld();
  const body = JSON.stringify({ comment: '1', filler: 'ä'.repeat(40_000) });
  await world.deliver(body);
  const [item] = (await page(world, '/api/deliveries')).items;
  const path = `/api/deliveries/${String(item!['id'])}`;
  const as = async (role: string) => {
    const answer = await world.ask(path, { token: await world.token(role) });
    return (await answer.json()) as Record<string, unknown>;
  };

  const [viewer, approver] = [await as('viewer'), await as('approver')];

  expect(viewer).toMatchObject({ ...item, body: null, clipped: false });
  expect(viewer['headers']).toMatchObject({ 'x-delivery': ['delivery-1'] });
  expect(approver['clipped']).toBe(true);
  const shown = approver['body'] as string;
  expect(body.startsWith(shown.slice(0, 30_000))).toBe(true);
  expect(Buffer.byteLength(shown)).toBeLessThanOrEqual(64 * 1024 + 2);
});

async function post(world: World, path: string, body: unknown): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  const init = { method: 'POST', token: ADMIN, headers, body: JSON.stringify(body) };
  return await world.ask(path, init);
}

test('a cycle can be asked for, and is journaled with who asked', async () => {
  const world = await startWorld();

  const answer = await post(world, '/api/trigger-cycle', { subject: SUBJECT });

  expect(answer.status).toBe(202);
  const { event } = (await answer.json()) as { event: string };
  expect((await page(world, '/api/events?status=waiting')).items).toMatchObject([
    { key: event, subject: SUBJECT, kind: 'cycle.requested', actor: 'environment' },
  ]);
  expect(await json(world, '/api/status')).toMatchObject({ mailboxes: { waiting: 1 } });
});

test.each([
  ['a subject that is none', { subject: 'ECD-12' }, 'subject'],
  ['no subject', {}, 'subject'],
  ['more than a subject', { subject: SUBJECT, mode: 'production' }, 'mode'],
])('%s is a problem with its field', async (_name, body, field) => {
  const world = await startWorld();

  const answer = await post(world, '/api/trigger-cycle', body);

  expect(answer.status).toBe(400);
  expect(await problemIn(answer)).toMatchObject({ errors: [{ field }] });
});

test('a cycle on a system that nobody speaks for is a problem', async () => {
  const world = await startWorld();

  const answer = await post(world, '/api/trigger-cycle', { subject: 'trello:card:1' });

  expect(answer.status).toBe(400);
  expect(await problemIn(answer)).toMatchObject({ kind: 'invalid-input' });
});

test('a delivery can be handled again', async () => {
  const clock = handClock();
  const world = await startWorld({ clock });
  await cycleOf(world, clock.now(), { outcome: 'nothing needed' });
  const [item] = (await page(world, '/api/deliveries')).items;

  const answer = await post(world, '/api/replay', { delivery: item!['id'] });

  expect(answer.status).toBe(202);
  expect(await answer.json()).toEqual({ events: ['jira:comment:1:created'], note: null });
  expect((await page(world, '/api/events?status=waiting')).total).toBe(1);
  const missing = await post(world, '/api/replay', { delivery: newId() });
  expect(missing.status).toBe(404);
});

test.each(['{"subject":', '', '[]', '{"__proto__":{"role":"admin"}}', 'null'])(
  'a body of %s is a problem',
  async (body) => {
    const world = await startWorld();
    const headers = { 'content-type': 'application/json' };

    const init = { method: 'POST', token: ADMIN, headers, body };
    const answer = await world.ask('/api/trigger-cycle', init);

    expect(answer.status).toBe(400);
    expect(await problemIn(answer)).toMatchObject({ kind: 'invalid-input' });
  },
);

test('a body over 64 KB is refused', async () => {
  const world = await startWorld();

  const answer = await post(world, '/api/trigger-cycle', { subject: 'x'.repeat(70_000) });

  expect(answer.status).toBe(413);
});

test('what goes wrong inside is told by a number, never in words', async () => {
  const world = await startWorld();
  await world.store.db.schema.dropTable('actions').execute();

  const answer = await world.ask('/api/actions', { token: ADMIN });

  expect(answer.status).toBe(503);
  const text = JSON.stringify(await problemIn(answer));
  expect(text).toContain('store-unavailable');
  expect(text).not.toMatch(/actions"? |no such table|sqlite/i);
});

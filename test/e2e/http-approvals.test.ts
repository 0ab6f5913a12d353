import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { runCli } from '../../src/cli/program.ts';
import { asked, constitutionOf, decideParts, MIA, standing, TOM } from '../helpers/approvals.ts';
import { handClock } from '../helpers/store.ts';
import { ADMIN, problemIn, startWorld } from './http-world.ts';
import type { World } from './http-world.ts';

async function ready(changes: Parameters<typeof asked>[2] = {}) {
  const clock = handClock();
  const world = await startWorld({ clock });
  const constitution = constitutionOf();
  const deciding = decideParts(world.store, clock, constitution);
  const open = await startWorld({ clock, parts: { store: world.store, deciding } });
  const made = await asked(world.store, clock, changes);
  const decide = async (token: string, body: object) =>
    await open.ask(`/api/approvals/${made.approval.id}/decision`, {
      method: 'POST',
      token,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  // Tokens are kept in the store that both servers share.
  return { ...made, clock, world: { ...open, store: world.store, token: world.token }, decide };
}

describe('over HTTP', () => {
  test('what waits is listed and shown with exactly what would be done', async () => {
    const { world, approval } = await ready();
    const token = await world.token('viewer');

    const list = await world.ask('/api/approvals?state=open', { token });
    const one = await world.ask(`/api/approvals/${approval.id}`, { token });
    const none = await world.ask('/api/approvals?state=declined', { token });

    expect(await list.json()).toMatchObject({ total: 1, items: [{ id: approval.id }] });
    expect(await one.json()).toMatchObject({
      preview: approval.preview,
      input: { issue: 'ECD-12', text: 'Review it, please.' },
      actionState: 'held',
    });
    expect(await none.json()).toMatchObject({ total: 0 });
  });

  test('an approver accepts once; whoever comes second hears who was first', async () => {
    const { world, approval, decide } = await ready();

    const first = await decide(await world.token('approver', 'lead'), { answer: 'accept' });
    const second = await decide(await world.token('approver', 'other'), { answer: 'accept' });

    expect(first.status).toBe(200);
    expect(await first.json()).toMatchObject({
      decision: 'accepted',
      approval: { id: approval.id },
    });
    expect(second.status).toBe(409);
    expect((await problemIn(second))['detail']).toContain('accepted already by lead');
  });

  test('viewers, strangers, and whom it is about are refused', async () => {
    const { world, store, decide } = await withStore({ excluded: [MIA.id] });

    const answers = [
      await decide(await world.token('viewer'), { answer: 'accept' }),
      await decide(ADMIN, { answer: 'accept', as: 'Mia' }),
      await decide(ADMIN, { answer: 'accept', as: 'Theo' }),
      await decide(await world.token('approver'), { answer: 'accept', as: 'Tom' }),
      await decide(ADMIN, { answer: 'accept', as: 'Nobody' }),
    ];

    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403, 400]);
    expect((await store()).approval.state).toBe('open');
  });

  test('an admin token may speak for a member, and the record says so', async () => {
    const { store, decide } = await withStore({ needed: 2 });

    const first = await decide(ADMIN, { answer: 'accept', as: 'tom@acme.example', via: 'cli' });
    const again = await decide(ADMIN, { answer: 'accept', as: 'Tom' });

    expect(await first.json()).toMatchObject({ decision: 'waiting-for-second' });
    expect(again.status).toBe(403);
    expect((await store()).approval.votes).toMatchObject([{ person: TOM.id, via: 'cli' }]);
  });

  test('after its time the answer is gone, and nothing is done', async () => {
    const { clock, store, decide } = await withStore();
    clock.move(10 * 3_600_000);

    const answer = await decide(ADMIN, { answer: 'accept' });

    expect(answer.status).toBe(410);
    expect((await problemIn(answer))['detail']).toContain('expired, not done');
    expect((await store()).action.state).toBe('expired');
  });

  test.each([
    [{ answer: 'decline' }],
    [{ answer: 'edit', input: { issue: 'PRIV-1', text: 'Hello.' } }],
    [{ answer: 'accept', allowFor: 5 }],
    [{ answer: 'approve' }],
    [{ answer: 'accept', force: true }],
  ])('%j does not fit', async (body) => {
    const { store, decide } = await withStore();

    expect((await decide(ADMIN, body)).status).toBe(400);
    expect((await store()).approval.state).toBe('open');
  });

  test('what is allowed for a while is listed and taken back', async () => {
    const { world, decide } = await ready();
    await decide(ADMIN, { answer: 'accept', allowFor: 60 });
    const grants = async () =>
      (await (await world.ask('/api/grants', { token: ADMIN })).json()) as {
        items: { id: string; active: boolean }[];
      };
    const [grant] = (await grants()).items;
    const end = () =>
      world.ask(`/api/grants/${grant?.id ?? ''}`, { method: 'DELETE', token: ADMIN });

    expect(grant?.active).toBe(true);
    expect([(await end()).status, (await end()).status]).toEqual([200, 404]);
    expect((await grants()).items[0]?.active).toBe(false);
  });

  test('where nobody may answer, the server says so', async () => {
    const clock = handClock();
    const world = await startWorld({ clock });
    const { approval } = await asked(world.store, clock);

    const answer = await world.ask(`/api/approvals/${approval.id}/decision`, {
      method: 'POST',
      token: ADMIN,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ answer: 'accept' }),
    });

    expect(answer.status).toBe(503);
  });
});

async function withStore(changes: Parameters<typeof asked>[2] = {}) {
  const made = await ready(changes);
  return { ...made, store: () => standing(made.world.store, made.approval) };
}

describe('from the command line', () => {
  /** What a command printed, and its exit code. */
  async function cli(world: Pick<World, 'url'>, ...args: string[]) {
    vi.stubEnv('PM_AGENT_TOKEN', ADMIN);
    const out: string[] = [];
    const catching = (text: unknown): boolean => out.push(String(text)) > 0;
    const spies = [
      vi.spyOn(process.stdout, 'write').mockImplementation(catching),
      vi.spyOn(process.stderr, 'write').mockImplementation(catching),
    ];
    const code = await runCli(['node', 'pm-agent', '--url', world.url, 'approve', ...args]);
    for (const spy of spies) spy.mockRestore();
    vi.unstubAllEnvs();
    return { code, out: out.join('') };
  }
  const tidy = () => onTestFinished(() => void vi.unstubAllEnvs());

  test('what waits is listed within eighty columns, shown whole, and accepted', async () => {
    tidy();
    const { world, store, approval } = await withStore();

    const list = await cli(world, 'list');
    const show = await cli(world, 'show', approval.id);
    const accept = await cli(world, 'accept', approval.id, '--allow-for', '2h');
    const again = await cli(world, 'accept', approval.id);

    expect(list.out.split('\n').every((line) => line.length <= 80)).toBe(true);
    expect(list.out).toContain(approval.id);
    expect(show.out).toContain(approval.preview);
    expect([list.code, show.code, accept.code, again.code]).toEqual([0, 0, 0, 1]);
    expect(accept.out).toContain(`next: pm-agent approve show ${approval.id}`);
    expect(again.out).toContain('accepted already by environment');
    expect((await store()).approval).toMatchObject({ state: 'accepted', decidedVia: 'cli' });
  });

  test('one field is edited and the rest stays', async () => {
    tidy();
    const { world, store, approval } = await withStore();

    const edit = await cli(world, 'edit', approval.id, '--set', 'text=a=b', '--as', 'Tom');

    expect(edit.code).toBe(0);
    expect((await store()).action.input).toEqual({ issue: 'ECD-12', text: 'a=b' });
    expect((await store()).approval.decidedBy).toBe('Tom');
  });

  test('a decline gives its reason, and wrong usage ends with 2', async () => {
    tidy();
    const { world, store, approval } = await withStore();

    const usage = [
      await cli(world, 'decline', approval.id),
      await cli(world, 'edit', approval.id),
      await cli(world, 'accept', approval.id, '--allow-for', '9h'),
      await cli(world, 'accept', approval.id, '--everywhere'),
    ];
    const decline = await cli(world, 'decline', approval.id, '--reason', 'Not today.');

    expect(usage.map(({ code }) => code)).toEqual([2, 2, 2, 2]);
    expect(decline.code).toBe(0);
    expect((await store()).approval.note).toBe('Not today.');
  });

  test('grants are listed and revoked', async () => {
    tidy();
    const { world, approval } = await withStore();
    await cli(world, 'accept', approval.id, '--allow-for', '60m', '--everywhere');

    const grants = await cli(world, 'grants');
    const id = /^[0-9a-f-]{36}/.exec(grants.out)?.[0] ?? '';
    const revoke = await cli(world, 'revoke', id);

    expect(grants.out).toContain('every item');
    expect(revoke.code).toBe(0);
    expect((await cli(world, 'grants')).out).toContain('revoked');
  });
});

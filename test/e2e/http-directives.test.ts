import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { compileDirectives } from '../../src/actions/directives/compile.ts';
import { directivesInForce } from '../../src/actions/directives/in-force.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { handClock, temporaryFolder, temporaryStore } from '../helpers/store.ts';
import { problemIn, startWorld } from './http-world.ts';

const LAUNCHER = join(import.meta.dirname, '../../bin/pm-agent.js');
const ONE = 'limits: { reminders_per_person_and_day: 1 }\n';
const TWO = 'limits: { reminders_per_person_and_day: 2 }\n';
const BROKEN = 'limits: { reminders: 2 }\n';

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly talk: string;
}

async function startDesk() {
  const folder = temporaryFolder();
  const path = join(folder, 'pm-directives.yaml');
  writeFileSync(path, ONE);
  const store = await temporaryStore();
  const compiled = compileDirectives(ONE, { holidays: new Map() });
  if ('faults' in compiled) throw new Error('it has faults');
  const desk = directivesInForce({
    path,
    text: ONE,
    constitution: compiled.ok,
    store,
    clock: handClock(),
    log: silentLogger,
    holidays: new Map(),
  });
  await desk.start();
  onTestFinished(() => desk.stop());
  const world = await startWorld({ parts: { directives: desk } });
  const admin = await world.token('admin', 'ops');
  const send = (path: string, body: unknown, token = admin) =>
    world.ask(path, {
      token,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const get = async (path: string) =>
    (await (await world.ask(path, { token: admin })).json()) as Record<string, unknown>;
  const command = (...words: string[]) =>
    new Promise<Ended>((resolve) => {
      const env = {
        PATH: process.env['PATH'] ?? '',
        NO_COLOR: '1',
        PM_AGENT_TOKEN: admin,
        PM_AGENT_DIRECTIVES: path,
      };
      const args = [LAUNCHER, ...words, '--url', world.url];
      execFile(process.execPath, args, { cwd: folder, env }, (error, out, talk) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, talk });
      });
    });
  return { ...world, desk, folder, path, send, get, command, version: compiled.ok.version };
}

describe('/api/directives', () => {
  test('shows what is in force, and changes it with author, note and history', async () => {
    const { send, get, path, desk, version } = await startDesk();

    const before = await get('/api/directives');
    const answer = await send('/api/directives', { text: TWO, note: 'more', by: 'Mia' });
    const after = await get('/api/directives');

    expect(before).toEqual({ version, text: ONE, problem: null });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({
      changed: true,
      version: desk.current().version,
      before: version,
    });
    expect(after).toMatchObject({ text: TWO });
    expect(readFileSync(path, 'utf8')).toBe(TWO);
    expect(await get('/api/directives/history')).toMatchObject({
      items: [
        { author: 'Mia (token ops)', note: 'more', inForce: true },
        { author: 'file', note: null, inForce: false },
      ],
    });
  });

  test('refuses a text with faults, each with its place and its fix', async () => {
    const { send, desk } = await startDesk();

    const answer = await send('/api/directives', { text: BROKEN });

    expect(answer.status).toBe(400);
    expect(await problemIn(answer)).toMatchObject({
      kind: 'invalid-input',
      errors: [
        {
          field: 'limits.reminders',
          problem: 'line 1, column 11: there is no such key here',
        },
      ],
    });
    expect(desk.text()).toBe(ONE);
  });

  test('goes back to an earlier version, and to none that never was', async () => {
    const { send, desk, version } = await startDesk();
    await send('/api/directives', { text: TWO });

    const back = await send('/api/directives/revert', { version });
    const never = await send('/api/directives/revert', { version: '0123456789ab' });
    const nonsense = await send('/api/directives/revert', { version: 'HEAD' });

    expect([back.status, never.status, nonsense.status]).toEqual([200, 404, 400]);
    expect(desk.text()).toBe(ONE);
  });

  test('viewers may look, and nobody but admins may change', async () => {
    const { ask, send, token, desk, version } = await startDesk();
    const viewer = await token('viewer');
    const approver = await token('approver');

    const look = await ask('/api/directives', { token: viewer });
    const changes = [
      await send('/api/directives', { text: TWO }, viewer),
      await send('/api/directives', { text: TWO }, approver),
      await send('/api/directives/revert', { version }, approver),
    ];

    expect(look.status).toBe(200);
    expect(changes.map(({ status }) => status)).toEqual([403, 403, 403]);
    expect(desk.text()).toBe(ONE);
  });
});

describe('pm-agent directives', () => {
  test('diff, apply, history and revert work against the server', { timeout: 60_000 }, async () => {
    const { command, folder, version, desk } = await startDesk();
    const file = join(folder, 'new.yaml');
    writeFileSync(file, TWO);

    const diff = await command('directives', 'diff', file);
    const applied = await command('directives', 'apply', file, '--note', 'why not', '--json');
    const after = desk.current().version;
    const history = await command('directives', 'history');
    const reverted = await command('directives', 'revert', version);

    expect([diff.code, applied.code, history.code, reverted.code]).toEqual([0, 0, 0, 0]);
    expect(diff.out).toContain('reminders per person and day: 1 -> 2');
    expect(diff.out).toContain(`+ ${TWO.trim()}`);
    expect(JSON.parse(applied.out)).toEqual({
      ok: true,
      changed: true,
      version: after,
      before: version,
    });
    expect(history.out).toMatch(new RegExp(`^${after}  in force  .* ops .*why not$`, 'm'));
    expect(desk.text()).toBe(ONE);
  });

  test(
    'check explains a file, and ends with 5 when something is wrong',
    { timeout: 60_000 },
    async () => {
      const { command, folder } = await startDesk();
      const at = (name: string, text: string): string => {
        const file = join(folder, name);
        writeFileSync(file, text);
        return file;
      };
      const clause = '{ text: No labels., rule: { operations: [jira.add-labels] } }';
      const advice = at('advice.yaml', 'objectives: { primary: [Be kind.] }');
      const slip = at('slip.yaml', `constraints: { autonomy: { never_do: [${clause}] } }`);

      const good = await command('directives', 'check', advice);
      const slipped = await command('directives', 'check', slip, '--json');
      const broken = await command('directives', 'check', at('broken.yaml', BROKEN));
      const present = await command('directives', 'check');
      const refused = await command('directives', 'apply', at('broken.yaml', BROKEN));

      expect([good.code, slipped.code, broken.code, present.code, refused.code]).toEqual([
        0, 5, 5, 0, 5,
      ]);
      expect(good.out).toMatch(/1 +advice only +Be kind\./);
      expect(JSON.parse(slipped.out)).toMatchObject({
        ok: false,
        lines: [{ line: 1, enforced: [{ by: 'autonomy' }] }],
        problems: [{ line: 1, kind: 'unknown-operation', fix: 'Did you mean jira.add-label?' }],
      });
      expect(broken.out).toContain('broken.yaml:1:11 limits.reminders: there is no such key here');
    },
  );
});

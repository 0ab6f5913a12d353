import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { instantOf, storyClock, storyDay } from '../../src/cli/demo-clock.ts';
import { SCENES } from '../../src/cli/demo-scenario.ts';

const LAUNCHER = join(import.meta.dirname, '../../bin/pm-agent.js');

interface Document {
  readonly ok: boolean;
  readonly scripted: string;
  readonly seconds: number;
  readonly urls: Readonly<Record<string, string>>;
  readonly tokenFile: string | null;
  readonly scenes: readonly {
    readonly time: string;
    readonly did: string;
    readonly why: string;
    readonly ok: boolean;
    readonly checks: Readonly<Record<string, boolean>>;
  }[];
  readonly checks: Readonly<Record<string, boolean>>;
  readonly actions: Readonly<Record<string, number>>;
  readonly jira: { readonly writes: number };
  readonly slack: { readonly writes: number };
  readonly elsewhere: { readonly writes: number };
}

/** A folder whose `.env`, like the environment below, would lead the demo to real systems if it were read. */
function trap(): { folder: string; env: Record<string, string>; connections: string } {
  const folder = mkdtempSync(join(tmpdir(), 'pm-agent-demo-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const settings = {
    PM_AGENT_MODE: 'nonsense',
    ATLASSIAN_DOMAIN: 'real.invalid',
    ATLASSIAN_EMAIL: 'real@real.invalid',
    ATLASSIAN_API_TOKEN: 'a-real-token',
    JIRA_BASE_URL: 'https://real.invalid',
    JIRA_WEBHOOK_SECRET: 'a-real-secret',
    ANTHROPIC_API_KEY: 'a-real-key',
    ANTHROPIC_BASE_URL: 'https://model.invalid',
    DATABASE_URL: `sqlite:${join(folder, 'real.db')}`,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  writeFileSync(join(folder, '.env'), lines.join('\n'));
  const path = process.env['PATH'] ?? '';
  const env = { ...settings, PATH: path, TMPDIR: folder, NO_COLOR: '1' };
  return { folder, env, connections: join(folder, 'connections.txt') };
}

/** Arguments with which Node writes down where every socket of the process connects to. */
function watching(file: string): string[] {
  const code = `
    import net from 'node:net';
    import { appendFileSync } from 'node:fs';
    const connect = net.Socket.prototype.connect;
    net.Socket.prototype.connect = function (...given) {
      const [to] = given.flat();
      appendFileSync(${JSON.stringify(file)}, String(to?.host ?? to) + '\\n');
      return connect.apply(this, given);
    };`;
  return ['--import', `data:text/javascript,${encodeURIComponent(code)}`];
}

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly talk: string;
}

function run(
  options: readonly string[],
  given: { cwd: string; env: Record<string, string>; node?: string[] },
) {
  return new Promise<Ended>((resolve) => {
    const words = [...(given.node ?? []), LAUNCHER, 'demo', ...options];
    const child = execFile(process.execPath, words, given, (_error, out, talk) =>
      resolve({ code: child.exitCode, out, talk }),
    );
  });
}

test('the demo counts what it expected and connects to this machine only', async () => {
  const { folder, env, connections } = trap();

  const ended = await run(['--json'], { cwd: folder, env, node: watching(connections) });

  const document = JSON.parse(ended.out) as Document;
  const failed = [...document.scenes, document].flatMap(({ checks }) =>
    Object.keys(checks).filter((name) => !checks[name]),
  );
  expect(failed).toEqual([]);
  expect(ended).toMatchObject({ code: 0, talk: '' });
  expect(document).toMatchObject({
    ok: true,
    scripted: expect.stringContaining("The model's answers are scripted") as string,
    deliveries: { unreadable: 1, refused: 2, repeated: 3 },
    cycles: { other: 0 },
    actions: { denied: 4, declined: 1, deferred: 2 },
    jira: { comments: 9, expected: 9, doubled: 0, writes: 10 },
    slack: { messages: 9 },
    elsewhere: { answers: 1, writes: 1 },
    model: { scripted: true },
    journal: { brokenAt: null },
  });
  const { actions, jira, slack, elsewhere } = document;
  expect(actions['done']).toBe(jira.writes + slack.writes + elsewhere.writes);
  expect(actions['held'] ?? 0).toBe(0);
  expect(document.scenes).toHaveLength(SCENES.length);
  for (const url of Object.values(document.urls)) expect(new URL(url).hostname).toBe('127.0.0.1');
  const hosts = readFileSync(connections, 'utf8').trim().split('\n');
  expect(hosts.length).toBeGreaterThan(5);
  expect([...new Set(hosts)]).toEqual(['127.0.0.1']);
  expect(existsSync(join(folder, 'real.db'))).toBe(false);
});

test('the story fits 80 columns, says that it is scripted and leaves nothing behind', async () => {
  const { folder, env } = trap();

  const ended = await run([], { cwd: folder, env });

  const lines = ended.out.split('\n');
  expect(ended.code).toBe(0);
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  expect(ended.out.replaceAll(/\s+/g, ' ')).toContain("The model's answers are scripted");
  expect(ended.out).toContain('All of it happened as expected.');
  expect(ended.out).toContain('next: pm-agent demo --keep');
  expect(ended.out).toMatch(/^[\x0a\x20-\x7e]*$/);
  expect(ended.talk).toContain(`scene ${SCENES.length} of ${SCENES.length}`);
  expect(readdirSync(folder).filter((name) => name.startsWith('pm-agent'))).toEqual([]);
});

test('--keep goes on answering until it is told to stop, then removes its data', async () => {
  const { folder, env } = trap();
  const words = [LAUNCHER, 'demo', '--keep', '--json'];
  const child = spawn(process.execPath, words, { cwd: folder, env });
  onTestFinished(() => void child.kill('SIGKILL'));
  const document = await new Promise<Document>((resolve) => {
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
      if (out.endsWith('\n}\n')) resolve(JSON.parse(out) as Document);
    });
  });
  const tokenFile = document.tokenFile ?? '';
  const headers = { authorization: `Bearer ${readFileSync(tokenFile, 'utf8').trim()}` };
  const url = document.urls['app'] ?? '';

  const page = await fetch(`${url}/docs`);
  const status = await fetch(`${url}/api/status`, { headers });
  const stopped = new Promise<number | null>((resolve) => child.once('exit', resolve));
  child.kill('SIGINT');

  expect(page.status).toBe(200);
  expect(await status.json()).toMatchObject({
    mode: 'production',
    cycles: { open: 0, failed: 0 },
    judgement: { approvals: { open: 0 }, pausedUntil: null, budget: { today: { limitUsd: 0.05 } } },
  });
  expect(await stopped).toBe(0);
  expect(existsSync(dirname(tokenFile))).toBe(false);
});

test.each([
  ['2026-11-16T23:59:00Z', '2026-11-10'],
  ['2026-11-17T00:00:00Z', '2026-11-17'],
  ['2026-11-22T12:00:00Z', '2026-11-17'],
])('on %s the story plays on Tuesday %s', (today, tuesday) => {
  expect(new Date(storyDay(Date.parse(today))).toISOString().slice(0, 10)).toBe(tuesday);
});

test('the clock of the story goes on to the hour of a scene and never back', () => {
  const day = Date.parse('2026-11-17T00:00:00Z');
  const clock = storyClock(day);

  clock.moveTo(instantOf(day, { time: '03:37', later: 1 }));
  const morning = clock.now();
  clock.moveTo(instantOf(day, { time: '17:20' }));

  expect(new Date(morning).toISOString()).toMatch(/^2026-11-18T03:37/);
  expect(clock.now()).toBeGreaterThanOrEqual(morning);
});

test('no look that is due falls on the very minute of a later scene', () => {
  const at = SCENES.map((scene) => instantOf(0, scene) / 60_000);
  const apart = at.flatMap((one, n) => at.slice(n + 1).map((other) => other - one));

  expect(apart.filter((minutes) => minutes <= 0)).toEqual([]);
  // Subjects are looked at again after so many minutes, by their level.
  expect(apart.filter((minutes) => [15, 60, 180, 360].includes(minutes))).toEqual([]);
});

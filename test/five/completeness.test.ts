import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { CHANNELS, PEOPLE as SLACK } from '../../emulators/slack/slack-seed.ts';
import { Completeness } from '../../src/http/contract.ts';
import { startFive, startProgram, SLACK_APP_TOKEN, SYSTEMS } from '../helpers/five.ts';
import type { Five, Program } from '../helpers/five.ts';
import { Team } from '../helpers/life.ts';
import { freePort } from '../helpers/process.ts';
import { seededRandom } from '../helpers/random.ts';

const SEED = 20_260_303;
const HOUR = 3_600_000;

async function atRest(five: Five, program: Program): Promise<void> {
  await five.idle();
  await program.idle();
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 60_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error('still not so after a minute');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('the ledger of completeness', () => {
  test('says what push has missed, in every system', { timeout: 60_000 }, async () => {
    const five = await startFive();
    const warnings: string[] = [];
    const stream = { write: (line: string) => void warnings.push(line) };
    const log = pino({ level: 'warn' }, stream);
    const program = await startProgram(five, { push: true, poll: true, log });
    five.aim(program.app.url);
    const team = new Team(five, seededRandom(SEED));
    for (const system of SYSTEMS) {
      five[system].pushWebhookFault({ kind: 'drop', times: 1_000, probability: 0.5 });
    }

    for (let round = 0; round < 8; round += 1) team.work();
    five.clock.move(2 * HOUR);
    await program.poll();
    await atRest(five, program);

    const answer = await program.ask('/api/completeness?days=2');
    const { items } = Completeness.parse(await answer.json());
    for (const system of SYSTEMS) {
      const days = items.filter((day) => day.source === system);
      const sum = (of: 'pollOnly' | 'both') => days.reduce((total, day) => total + day[of], 0);
      expect(sum('pollOnly'), system).toBeGreaterThan(0);
      expect(sum('both'), system).toBeGreaterThan(0);
    }
    expect(items.some((day) => day.warning)).toBe(true);
    await program.app.watching.ledger.look();
    await program.app.watching.ledger.look();
    expect(warnings.filter((line) => line.includes('push has missed'))).toHaveLength(
      items.filter((day) => day.warning).length,
    );
    const metrics = await (await program.ask('/metrics')).text();
    for (const system of SYSTEMS) {
      expect(metrics).toMatch(
        new RegExp(`pm_agent_push_missed_share\\{source="${system}"\\} 0\\.\\d`),
      );
    }
    const status = await program.ask('/api/status');
    expect(await status.json()).toMatchObject({
      polls: expect.arrayContaining([
        expect.objectContaining({ source: 'github', scopes: 2 }),
      ]) as unknown,
    });
  });

  test('a delivery that GitHub lists and that never came is fetched from its list', async () => {
    const five = await startFive();
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const env = {
      PORT: String(port),
      PM_AGENT_PUBLIC_URL: url,
      GITHUB_BACKUP_POLL_INTERVAL: '86400',
    };
    const program = await startProgram(five, { push: true, poll: true, env });
    five.aim(url);
    five.github.pushWebhookFault({ kind: 'drop' });
    const place = `acme/web#${five.github.openIssue('acme/web', 'mia-berg', { title: 'Lost' })}`;
    five.github.addComment(place, 'mia-berg', 'this one comes');
    await five.idle();
    five.clock.move(120_000);

    const repaired = await program.app.watching.gaps.repair('github');
    await atRest(five, program);

    expect(repaired).toBe(1);
    const kinds = [...(await program.events()).values()]
      .filter(({ source }) => source === 'github')
      .map(({ kind }) => kind)
      .sort();
    expect(kinds).toEqual(['comment.created', 'issue.opened']);
    const answer = await program.ask('/api/completeness?days=1');
    const { items } = Completeness.parse(await answer.json());
    expect(items.find((day) => day.source === 'github')).toMatchObject({ missing: 1, repaired: 1 });
  });
});

describe('Slack without a public address', () => {
  async function lined() {
    const five = await startFive();
    five.slack.useSocketMode(true);
    const program = await startProgram(five, {
      push: false,
      poll: true,
      env: { SLACK_APP_TOKEN },
    });
    await until(() => Promise.resolve(five.slack.socket.connections > 0));
    const said: string[] = [];
    const say = (count: number) => {
      for (let number = 0; number < count; number += 1) {
        five.clock.move(1_000);
        said.push(five.slack.postMessage(SLACK.mia, CHANNELS.payments, `word ${said.length}`).ts);
      }
    };
    const kept = async () => {
      const events = [...(await program.events()).values()].filter(
        ({ source }) => source === 'slack',
      );
      return events.map(({ key }) => key.split(':').at(-2)).sort();
    };
    const allKept = () => until(async () => (await kept()).length >= said.length);
    return { five, program, say, said, kept, allKept };
  }

  test(
    'a line that is lost or refreshed, and two at once, lose nothing and keep nothing twice',
    { timeout: 60_000 },
    async () => {
      const { five, program, say, said, kept, allKept } = await lined();

      say(20);
      five.slack.socket.dropLines();
      say(20);
      await until(() => Promise.resolve(five.slack.socket.connections > 0));
      say(10);
      five.slack.socket.refresh('refresh_requested');
      say(20);
      await allKept();
      await allKept();
      await five.slack.socket.idle();
      const other = await startProgram(five, {
        push: false,
        poll: false,
        env: { SLACK_APP_TOKEN, SLACK_BOT_TOKEN: 'xoxb-other', SLACK_BASE_URL: five.slack.url },
      });
      await until(() => Promise.resolve(five.slack.socket.connections > 1));
      say(30);
      await until(async () => {
        const mine = await kept();
        const others = [...(await other.events()).keys()];
        return mine.length + others.length >= said.length;
      });

      const mine = await kept();
      const others = [...(await other.events()).keys()].map((key) => key.split(':').at(-2));
      // Slack gives each event to one line: between them they have every message, each once.
      expect([...mine, ...others].sort()).toEqual(said.toSorted());
      await program.idle();
      const lines = await (await program.ask('/api/status')).json();
      expect(lines).toMatchObject({ lines: [{ source: 'slack', connected: true }] });
    },
  );
});

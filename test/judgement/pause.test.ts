import { describe, expect, test } from 'vitest';
import { CHANNELS, PEOPLE as SLACK } from '../../emulators/slack/slack-seed.ts';
import type { RequestRecord } from '../../emulators/http/emulator-server.ts';
import { until } from '../helpers/process.ts';
import { latest, planOf, startWorld, TEAM } from './world.ts';
import type { World } from './world.ts';

const HOUR_MS = 3_600_000;
const QUESTION = '@pm-agent how does it stand?';

const ask = (world: World, key = 'ECD-1') =>
  void world.five.jira.addComment(key, TEAM.mia.jira, QUESTION);

/** Every request that could have changed something, over all five systems. */
function changes(world: World): string[] {
  const { jira, bitbucket, github, slack, sentry } = world.five;
  const all: readonly RequestRecord[] = [jira, bitbucket, github, slack, sentry].flatMap(
    ({ requests }) => [...requests],
  );
  return all
    .filter(({ method, path }) => method !== 'GET' && !READS.test(path))
    .map(({ method, path }) => `${method} ${path}`);
}

// Slack reads by POST too, and Jira searches.
const READS = /(?:conversations\.(?!open)|users\.|auth\.|team\.|bots\.|search|approximate-count)/;

const statesOf = async (world: World, operation: string) =>
  (await world.actions()).filter((one) => one.operation === operation).map(({ state }) => state);

describe('a pause', () => {
  test('stops what goes out at once while listening goes on; resuming sends it once', async () => {
    const world = await startWorld();

    const paused = await world.cli('pause', '--for', '2h');
    ask(world);
    world.five.slack.postMessage(SLACK.mia, CHANNELS.payments, `<@${world.five.slack.bot.user}> ?`);
    await world.settle();
    const during = changes(world);
    const status = (await (await world.ask('/api/status')).json()) as {
      judgement: { pausedUntil: string; today: { deferred: number } };
      cycles: { finished: number };
    };
    const resumed = await world.cli('resume');
    await world.pass(0);

    expect(paused.out).toMatch(/^Paused until 2026-03-02.11:00/);
    expect(during).toEqual([]);
    expect(status.judgement).toMatchObject({
      pausedUntil: '2026-03-02T11:00:00.000Z',
      today: { deferred: 2 },
    });
    expect(resumed.out).toContain('2 actions that waited are judged again now');
    expect(world.onTicket('ECD-1')).toHaveLength(1);
    expect(world.said(CHANNELS.payments)).toHaveLength(1);

    await world.pass(3 * HOUR_MS);

    expect([world.onTicket('ECD-1').length, world.said().length]).toEqual([1, 1]);
  });

  test('ends by itself, and survives a restart meanwhile', async () => {
    const world = await startWorld();
    await world.cli('pause', '--for', '2h');
    ask(world);
    await world.settle();

    await world.restart();
    await world.pass(HOUR_MS);
    const before = changes(world);
    await world.pass(HOUR_MS + 60_000);

    expect(before).toEqual([]);
    expect(world.onTicket('ECD-1')).toHaveLength(1);
  });

  test('also stops an action whose plan is committed and whose turn has not come', async () => {
    const world = await startWorld({
      directives: { 'after_merge: null': 'after_merge: In Review' },
    });
    const { jira, github } = world.five;
    const [repo, by] = ['acme/payments', 'ines-okafor'];
    const pull = { title: 'ECD-3: tidy the log', branch: 'ECD-3-tidy' };
    const place = `${repo}#${github.openPullRequest(repo, by, pull)}`;
    await world.settle();
    const match = { method: 'POST', path: /\/issue\/ECD-3\/comment$/ };
    jira.faults.push({ kind: 'delay', ms: 1_500, match });

    // The comment is under way, and slow; the move to In Review is to follow.
    github.merge(place, by);
    await until('the comment is under way', async () => {
      return (await statesOf(world, 'jira.add-comment')).includes('sending');
    });
    await world.post('/api/pause', {});
    await world.settle();
    const during = [
      jira.state.issues.get('ECD-3')?.status,
      await statesOf(world, 'jira.transition-issue'),
    ];
    await world.post('/api/resume', {});
    await world.pass(0);

    expect(during).toEqual(['10000', ['deferred']]);
    expect(jira.state.issues.get('ECD-3')?.status).toBe('10001');
    const moves = changes(world).filter((one) => one.endsWith('/ECD-3/transitions'));
    expect(moves).toHaveLength(1);
    expect(world.onTicket('ECD-3')).toHaveLength(2);
  });
});

/** Something for every system to say: a question each, and a merge that a ticket follows. */
async function busy(world: World) {
  const { jira, slack, github, bitbucket, sentry } = world.five;
  ask(world);
  jira.addComment('ECD-2', TEAM.mia.jira, '@pm-agent please move ECD-2 to In Review');
  slack.postMessage(SLACK.mia, CHANNELS.payments, `<@${slack.bot.user}> how does ECD-1 stand?`);
  const place = `acme/payments#${github.openIssue('acme/payments', 'mia-berg', { title: 'Log' })}`;
  github.addComment(place, 'mia-berg', QUESTION);
  const wanted = { title: 'Buttons', branch: 'buttons' };
  const [author] = bitbucket.state.accounts.keys();
  const { id } = bitbucket.createPullRequest('web', author ?? '', wanted);
  bitbucket.addComment({ repo: 'web', id, by: author ?? '' }, QUESTION);
  const error = sentry.captureError('web', { title: 'TypeError: none' }).row.id;
  sentry.comment(error, '101', QUESTION);
  await world.settle();
}

describe('a mode for single operations', () => {
  test('lets comments on tickets leave while everything else is simulated and has no way to write', async () => {
    const world = await startWorld({
      mode: 'simulation',
      env: { PM_AGENT_OPERATION_MODES: 'jira.add-comment:production' },
    });

    await busy(world);

    expect(new Set(changes(world))).toEqual(
      new Set(['ECD-1', 'ECD-2'].map((key) => `POST /rest/api/3/issue/${key}/comment`)),
    );
    expect(world.onTicket('ECD-1')).toHaveLength(1);
    const states = new Map((await world.actions()).map((one) => [one.operation, one.state]));
    expect(Object.fromEntries(states)).toEqual({
      'jira.add-comment': 'done',
      'jira.transition-issue': 'simulated',
      'slack.reply-thread': 'simulated',
      'github.add-comment': 'simulated',
      'bitbucket.reply-comment': 'simulated',
      'sentry.add-comment': 'simulated',
    });
    expect(await world.approvals()).toEqual([]);
  });

  test('keeps Slack silent while everything else is real; people decide by the command line then', async () => {
    const world = await startWorld({ env: { PM_AGENT_OPERATION_MODES: 'slack.*:simulation' } });

    await busy(world);
    const [approval] = await world.approvals();
    const silent = world.five.slack.writes;
    await world.cli('approve', 'accept', approval?.id ?? '', '--as', 'Tom Weber');
    await world.settle();

    expect([silent, world.five.slack.writes]).toEqual([0, 0]);
    expect(world.said()).toEqual([]);
    expect(world.onTicket('ECD-1')).toHaveLength(1);
    expect(world.five.jira.state.issues.get('ECD-2')?.status).toBe('10001');
    const { github, bitbucket, sentry } = world.five;
    expect([github.writes, bitbucket.writes, sentry.writes]).toEqual([1, 1, 1]);
    const slack = (await world.actions()).filter(({ operation }) => operation.startsWith('slack.'));
    expect(new Set(slack.map(({ state }) => state))).toEqual(new Set(['simulated']));
  });

  test('asks for one kind alone', async () => {
    const world = await startWorld({
      env: { PM_AGENT_OPERATION_MODES: 'slack.reply-thread:ask,slack.*:production' },
      model: (prompt) =>
        prompt.includes('slack:thread')
          ? planOf(['slack.reply-thread', replyIn(prompt)])
          : planOf(),
    });

    world.five.slack.dm(SLACK.mia, 'Is anybody there?');
    await world.settle();

    expect(await statesOf(world, 'slack.reply-thread')).toEqual(['held']);
    const [approval] = await world.approvals();
    expect(approval).toMatchObject({ operation: 'slack.reply-thread', state: 'open' });
    expect(latest(world.directs(SLACK.tom)[0])).toContain('slack.reply-thread');
  });
});

function replyIn(prompt: string): object {
  const [, channel, thread] = /slack:thread:(\w+):([\d.]+)/.exec(prompt) ?? [];
  return { channel, thread, text: 'Somebody is.' };
}

import { describe, expect, test } from 'vitest';
import { PEOPLE as BITBUCKET } from '../../emulators/bitbucket/bitbucket-seed.ts';
import { CHANNELS, PEOPLE as SLACK } from '../../emulators/slack/slack-seed.ts';
import { latest, planOf, startWorld, TEAM } from './world.ts';
import type { World, WorldOptions } from './world.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const TITLE = 'TypeError: amount is undefined';
const RELEASE = 'payments@2.4.0';

/** The team follows a merge, and `web` is a channel that the directives do not name. */
const TEAM_RULES = {
  [`  approvals: ${CHANNELS.web}\n`]: '',
  'after_merge: null': 'after_merge: In Review',
};

/** A model that has something to say about every ticket it is asked about. */
function chatty(prompt: string) {
  // What stood there before the test began is let be.
  if (prompt.includes('issue.created') && prompt.includes(' at 2026-03-02T09:00:00'))
    return planOf();
  const issue = /Subject of this cycle: jira:issue:([A-Z]+-\d+)/.exec(prompt)?.[1];
  return issue === undefined ? planOf() : planOf(['jira.add-comment', { issue, text: 'Noted.' }]);
}

/** Without a model, and with one that would gladly say everything a second time. */
const PLANNERS: readonly (readonly [string, WorldOptions])[] = [
  ['by rules alone', { directives: TEAM_RULES }],
  ['beside a model', { directives: TEAM_RULES, model: chatty }],
];

const REQUESTS: readonly (readonly [words: string, operation: string, input: object])[] = [
  ['move ECD-2 to the next sprint', 'jira.move-to-sprint', { sprint: 12 }],
  ['assign ECD-2 to Ines', 'jira.assign-issue', { accountId: TEAM.ines.jira }],
  ['set the priority of ECD-2 to High', 'jira.set-priority', { priority: 'High' }],
  ['close ECD-2', 'jira.close-issue', {}],
];

const newTicket = (world: World, key: string, more: object = {}) => {
  world.five.jira.createIssue(TEAM.mia.jira, {
    key,
    summary: 'Vouchers on Sundays',
    reporter: TEAM.mia.jira,
    ...more,
  });
};

async function after(world: World, happens: () => void): Promise<void> {
  world.five.clock.move(MINUTE_MS);
  happens();
  await world.settle();
}

describe.each(PLANNERS)('%s', (_name, options) => {
  const left = options.model === undefined ? [] : ['Noted.'];

  test('a new ticket is watched in silence; one of the highest priority that nobody has is not', async () => {
    const world = await startWorld(options);

    await after(world, () => newTicket(world, 'ECD-20'));
    await after(world, () => newTicket(world, 'ECD-21', { priority: 'Highest' }));
    await after(world, () =>
      newTicket(world, 'ECD-22', { priority: 'Highest', assignee: TEAM.ines.jira }),
    );

    // What needs nobody is left to the model, where there is one.
    expect(['ECD-20', 'ECD-22'].map(world.onTicket)).toEqual([left, left]);
    expect(world.onTicket('ECD-21')).toEqual([
      'ECD-21 has priority Highest and nobody is assigned. Who takes it?',
    ]);
    const { judgement } = (await (await world.ask('/api/status')).json()) as {
      judgement: { sweeps: { watched: number } };
    };
    expect(judgement.sweeps.watched).toBeGreaterThanOrEqual(3);
  });

  test('a ticket that gets stuck is asked why, by its status and by its flag; one that goes on is left alone', async () => {
    const world = await startWorld(options);
    const { jira } = world.five;

    await after(world, () => jira.transition('ECD-1', TEAM.ines.jira, 'Blocked'));
    await after(world, () => jira.flag('ECD-2', TEAM.ines.jira, true));
    const stuck = [world.onTicket('ECD-1').length, world.onTicket('ECD-2').length];
    await after(world, () => jira.transition('ECD-1', TEAM.ines.jira, 'In Progress'));
    await after(world, () => jira.flag('ECD-2', TEAM.ines.jira, false));
    jira.link('ECD-1', TEAM.ines.jira, { type: 'Blocks', to: 'ECD-3' });
    await after(world, () => jira.transition('ECD-3', TEAM.ines.jira, 'Blocked'));

    expect(stuck).toEqual([1, 1]);
    expect(world.onTicket('ECD-1')).toEqual([
      'ECD-1 is blocked now. What does it wait for, and who can help? Unless it moves, I remind Ines Okafor after one business day.',
    ]);
    expect(world.onTicket('ECD-2')).toHaveLength(1);
    // It says itself what it waits for.
    expect(world.onTicket('ECD-3')).toEqual([]);
  });

  test('a ticket shows what became of its pull requests in both code hosts, and follows the merge', async () => {
    const world = await startWorld(options);
    const { github, bitbucket, jira } = world.five;
    const [repo, by] = ['acme/payments', 'ines-okafor'];
    let place = '';
    let id = 0;
    const on = () => ({ repo: 'web', id, by: BITBUCKET.tom.uuid });

    await after(world, () => {
      const pull = { title: 'ECD-3: tidy the log', branch: 'ECD-3-tidy' };
      place = `${repo}#${github.openPullRequest(repo, by, pull)}`;
    });
    await after(world, () => void github.review(place, { by: 'tom-weber', state: 'approved' }));
    await after(world, () => github.merge(place, by));
    await after(world, () => {
      const wanted = { title: 'ECD-2 rounder buttons', branch: 'ECD-2-buttons' };
      ({ id } = bitbucket.createPullRequest('web', BITBUCKET.ines.uuid, wanted));
    });
    await after(world, () => bitbucket.approve(on()));
    await after(world, () => bitbucket.decline(on(), 'not now'));

    const url = `https://github.com/acme/payments/pull/${place.split('#')[1] ?? ''}`;
    expect(world.onTicket('ECD-3')).toEqual(
      ['opened by ines-okafor', 'approved by tom-weber', 'merged by ines-okafor'].map(
        (what) => `Pull request ${place} was ${what}: ECD-3: tidy the log ${url}`,
      ),
    );
    expect(jira.state.issues.get('ECD-3')?.status).toBe('10001');
    expect(world.onTicket('ECD-2').map((text) => /was (\w+) by/.exec(text)?.[1])).toEqual([
      'opened',
      'approved',
      'declined',
    ]);
    expect(jira.state.issues.get('ECD-2')?.status).toBe('10000');
  });

  test('an error that comes back is told on the error and on the ticket of the suspect commit', async () => {
    const world = await startWorld(options);
    const { sentry } = world.five;
    const occurs = () => sentry.captureError('payments', { title: TITLE, release: RELEASE });
    const { id } = occurs().row;
    await world.settle();
    await after(world, () => sentry.resolve(id, '103'));
    const before = [sentry.comments(id).length, world.onTicket('ECD-1').length];

    await after(world, () => void occurs());
    await after(world, () => void occurs());

    expect(before).toEqual([0, 0]);
    const cause =
      'Suspect commit: 9f2c7e51d0b8 by Jonas Lind: ECD-1: round amounts before the transfer';
    expect(
      sentry.comments(id).map(({ data }) => String(data['text']).split('\n\n[//]')[0]),
    ).toEqual([`It came back in release ${RELEASE}.\n${cause}\nTicket: ECD-1`]);
    expect(world.onTicket('ECD-1')).toEqual([
      `PAYMENTS-1 came back in release ${RELEASE}. ${sentry.url}/organizations/acme/issues/${id}/\n${cause}`,
    ]);
  });

  test('a change that is asked for in so many words is put up for a decision and done after it', async () => {
    const world = await startWorld(options);
    const { jira } = world.five;

    for (const [at, [words, operation, input]] of REQUESTS.entries()) {
      await after(world, () => void jira.addComment('ECD-2', TEAM.mia.jira, `@pm-agent ${words}`));
      const [approval, ...others] = (await world.approvals()).filter(
        ({ state }) => state === 'open',
      );
      const writes = jira.writes;
      await world.post(`/api/approvals/${approval?.id ?? ''}/decision`, {
        answer: 'accept',
        as: 'Tom Weber',
      });
      await world.settle();

      expect([words, approval?.operation, others]).toEqual([words, operation, []]);
      const done = (await world.actions()).find(({ id }) => id === approval?.action);
      expect(done).toMatchObject({ input: { issue: 'ECD-2', ...input }, state: 'done' });
      expect(jira.writes - writes).toBe(1);
      expect(world.onTicket('ECD-2')).toHaveLength(at + 1);
      expect(world.onTicket('ECD-2')[at]).toMatch(/^I put this up for a decision: /);
    }
  });
});

describe('a request that leads to nothing', () => {
  test('says so: by somebody whose word is not enough, about somebody unknown, where it is simulated', async () => {
    const world = await startWorld({ directives: TEAM_RULES });
    const { jira } = world.five;
    const still = await startWorld({
      mode: 'simulation',
      env: { PM_AGENT_OPERATION_MODES: 'jira.add-comment:production' },
    });

    await after(world, () => {
      jira.addComment('ECD-1', TEAM.ines.jira, '@pm-agent set the priority of ECD-1 to Low');
    });
    await after(world, () => {
      jira.addComment('ECD-2', TEAM.mia.jira, '@pm-agent assign ECD-2 to Ferdinand');
    });
    await after(world, () => {
      jira.addComment('ECD-3', TEAM.jonas.jira, '@pm-agent close ECD-3');
    });
    await after(still, () => {
      still.five.jira.addComment('ECD-2', TEAM.mia.jira, '@pm-agent move ECD-2 to In Review');
    });

    expect(world.onTicket('ECD-1')[0]).toMatch(/^I did nothing about ECD-1: the directives do not/);
    expect(world.onTicket('ECD-2')[0]).toMatch(/^I did nothing about ECD-2: I do not know exactly/);
    expect(world.onTicket('ECD-3')[0]).toMatch(/a person needs to look at it/);
    expect(still.onTicket('ECD-2')[0]).toMatch(/only simulated here, so nothing changes\.$/);
    for (const { approvals, five } of [world, still]) {
      expect(await approvals()).toEqual([]);
      const { requests } = five.jira;
      expect(requests.filter(({ path }) => path.endsWith('/transitions'))).toEqual([]);
    }
  });
});

describe('a question', () => {
  test('on a ticket is answered there, short, with facts, once', async () => {
    const world = await startWorld({ directives: TEAM_RULES });

    await after(world, () => {
      world.five.jira.addComment('ECD-1', TEAM.jonas.jira, '@pm-agent how does it stand?');
    });

    const [answer = '', ...others] = world.onTicket('ECD-1');
    expect(others).toEqual([]);
    expect(answer.length).toBeLessThan(500);
    for (const fact of ['Status: In Progress', 'Assignee: Ines Okafor', 'ECD Sprint 11']) {
      expect(answer).toContain(fact);
    }
  });

  const FACTS = ['ECD-1: Status: In Progress', '/browse/ECD-1'];
  const ASKED: readonly (readonly [
    string,
    { readonly by: string; readonly channel: string; readonly hears: boolean },
  ])[] = [
    ['by a member in a channel of the team', { by: SLACK.ines, channel: 'payments', hears: true }],
    ['by a member in private', { by: SLACK.ines, channel: '', hears: true }],
    ['by a guest in the same channel', { by: SLACK.jonas, channel: 'payments', hears: false }],
    ['by a guest in private', { by: SLACK.jonas, channel: '', hears: false }],
    ['by a member in another channel', { by: SLACK.ines, channel: 'web', hears: false }],
  ];

  test('in Slack about a ticket is answered in its thread with what its readers may know', async () => {
    const world = await startWorld({ directives: TEAM_RULES });
    const { slack } = world.five;
    const words = `<@${slack.bot.user}> how does ECD-1 stand?`;

    for (const [who, { by, channel, hears }] of ASKED) {
      const place = CHANNELS[channel as keyof typeof CHANNELS];
      world.five.clock.move(MINUTE_MS);
      const question = channel === '' ? slack.dm(by, words) : slack.postMessage(by, place, words);
      await world.settle();

      const answers = world.said(question.channel).filter(({ thread }) => thread === question.ts);
      expect([who, answers.length]).toEqual([who, 1]);
      const text = latest(answers[0]);
      expect([who, ...FACTS.map((fact) => text.includes(fact))]).toEqual([who, hears, hears]);
      expect(text.includes('In Progress')).toBe(hears);
      expect(text.length).toBeLessThan(600);
    }
    expect(world.said()).toHaveLength(ASKED.length);
  });

  test('is answered by the model alone where there is one', async () => {
    const world = await startWorld({ directives: TEAM_RULES, model: chatty });

    await after(world, () => {
      world.five.jira.addComment('ECD-1', TEAM.mia.jira, '@pm-agent how does it stand?');
    });

    expect(world.onTicket('ECD-1')).toEqual(['Noted.']);
  });
});

describe('a review that waits', () => {
  test('is told to the reviewer after eight of their hours, with the link', async () => {
    const world = await startWorld({ directives: TEAM_RULES });
    const { github } = world.five;
    const repo = 'acme/payments';
    await after(world, () => {
      const pull = { title: 'Tidy the log', branch: 'tidy' };
      const number = github.openPullRequest(repo, 'ines-okafor', pull);
      github.requestReview(`${repo}#${number}`, 'ines-okafor', 'tom-weber');
    });

    await world.pass(7 * HOUR_MS);
    const early = world.directs(SLACK.tom).length;
    await world.pass(17 * HOUR_MS);

    expect(early).toBe(0);
    expect(world.directs(SLACK.ines)).toEqual([]);
    const [message, ...others] = world.directs(SLACK.tom);
    expect(others).toEqual([]);
    expect(latest(message)).toMatch(
      /^PR payments#1 "Tidy the log" has waited \d+ business hours for your review.*\n*https:\/\/github.com\/acme\/payments\/pull\/1\n/,
    );
  });
});

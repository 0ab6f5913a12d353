import { describe, expect, test } from 'vitest';
import { fact, PolledSystem } from '../../test/helpers/polled.ts';
import { eventJudge } from './event-judge.ts';
import type { JudgeParts } from './event-judge.ts';

const AT = Date.parse('2026-03-02T09:00:00Z');
const sighting = { way: 'webhook', delivery: 'd-1', keptAt: AT } as const;
const connector = new PolledSystem().connector();

function judge(event: ReturnType<typeof fact>, parts: Partial<JudgeParts> = {}) {
  const known: JudgeParts = {
    accounts: new Map([['github', ['pm-agent', '77']]]),
    bots: new Set(['github:renovate']),
    projects: () => new Set(['ECD', 'PAY']),
    ...parts,
  };
  return eventJudge(known)(connector, [event], sighting);
}

describe('a pull request that names tickets', () => {
  test('wakes their mailboxes as well, each under a key of its own', () => {
    const event = fact(1, AT, { title: 'Mia opened ECD-7: Round', clues: ['feature/pay-8-round'] });

    const [original, ...copies] = judge(event);

    expect(original?.event.related).toEqual(['jira:issue:ECD-7', 'jira:issue:PAY-8']);
    expect(copies.map(({ event: copy }) => [copy.subject, copy.key, copy.message])).toEqual([
      ['jira:issue:ECD-7', 'github:comment:1:created@jira:issue:ECD-7', null],
      ['jira:issue:PAY-8', 'github:comment:1:created@jira:issue:PAY-8', null],
    ]);
    expect(copies[0]).toMatchObject({
      event: { related: [event.subject] },
      significance: { wakes: true, rule: 'linked' },
      copyOf: event.key,
    });
  });

  test('of unknown projects wakes none', () => {
    expect(judge(fact(1, AT, { text: 'UTF-8 and HR-3' }))).toHaveLength(1);
  });

  test.each(['restricted', 'confined'] as const)('wakes none when it is %s', (word) => {
    const judged = judge(fact(1, AT, { text: 'ECD-7 is secret', [word]: true }));

    expect(judged).toHaveLength(1);
  });

  test('wakes none when a stranger named them', () => {
    const actor = { id: 'passer-by', name: 'Passer By', kind: 'unknown' } as const;

    expect(judge(fact(1, AT, { text: 'ECD-7', actor }))).toHaveLength(1);
  });

  test.each([
    ['own-echo', { id: 'pm-agent', name: 'pm-agent', kind: 'person' }],
    ['own-echo', { id: '77', name: 'pm-agent', kind: 'bot' }],
    ['configured-bot', { id: 'renovate', name: 'renovate', kind: 'person' }],
    ['other-bot', { id: 'ci', name: 'ci', kind: 'bot' }],
  ] as const)('wakes none, not even its own mailbox, by the rule %s', (rule, actor) => {
    const judged = judge(fact(1, AT, { text: 'ECD-7', actor }));

    expect(judged.map(({ significance }) => significance)).toEqual([
      expect.objectContaining({ wakes: false, rule }),
    ]);
  });
});

test('a chat message keeps the sprints that it refers to', () => {
  const said = { kind: 'message.posted', text: 'will the current sprint or sprint 24 make it?' };

  expect(judge(fact(1, AT, said))[0]?.event.sprints).toEqual([
    { kind: 'current' },
    { kind: 'number', number: 24 },
  ]);
  expect(judge(fact(1, AT, { text: 'sprint 24' }))[0]?.event.sprints).toBeUndefined();
});

test('what anybody may write wakes no ticket by naming it', () => {
  const parts = { accounts: new Map(), bots: new Set<string>(), projects: () => new Set(['ECD']) };
  const open = { ...connector, openToAnyone: true as const };

  const judged = eventJudge(parts)(open, [fact(1, AT, { title: 'TypeError: ECD-7' })], sighting);

  expect(judged).toHaveLength(1);
  expect(judged[0]?.event.related).toBeUndefined();
});

test('a comment on one ticket that names another stays where it is', () => {
  const event = fact(1, AT, {
    source: 'jira',
    subject: 'jira:issue:ECD-1',
    text: 'ECD-1 waits for ECD-2',
  });

  const judged = judge(event);

  expect(judged).toHaveLength(1);
  expect(judged[0]?.event.related).toEqual(['jira:issue:ECD-2']);
});

describe('a press of one of our own buttons', () => {
  const id = '0198c0de-0000-7000-8000-00000000abcd';
  const changes = [{ field: 'pm.approval.accept', from: null, to: id }];
  const press = { ...fact(1, AT, { text: 'ECD-7', changes }), kind: 'button.pressed' };

  test('goes to the mailbox that asked, and nowhere else', () => {
    const judged = judge(press);

    expect(judged).toHaveLength(1);
    expect(judged[0]?.event).toMatchObject({
      key: press.key,
      subject: `pm:approval:${id}`,
      related: [press.subject],
    });
  });

  test('by ourselves or another automation wakes nothing', () => {
    const actor = { id: '77', name: 'pm-agent', kind: 'person' } as const;

    expect(judge({ ...press, actor })[0]?.significance).toMatchObject({ rule: 'own-echo' });
  });
});

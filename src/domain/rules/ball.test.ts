import { describe, expect, test } from 'vitest';
import { account, pullRequest } from '../../../test/helpers/situations.ts';
import type { AccountRef, PullRequestSituation } from '../situation.ts';
import { whoHasTheBall } from './ball.ts';

const ada = account('Ada');
const ben = account('Ben');
const cora = account('Cora');
const robot = account('Robot', true);
const day = (n: number, hour = '09') => `2025-06-${String(n).padStart(2, '0')}T${hour}:00:00Z`;
const at = (text: string) => Date.parse(text);

type Verdict = PullRequestSituation['reviews'][number]['verdict'];
const review = (n: number, by: AccountRef | null, verdict: Verdict) => ({
  at: day(n),
  by,
  verdict,
});
const ask = (n: number, reviewer: AccountRef) => ({ at: day(n), reviewer });
const push = (n: number, by: AccountRef | null = ada) => ({ at: day(n), by });
const comment = (n: number, by: AccountRef | null, inline = false) => ({ at: day(n), by, inline });

function ball(given: Partial<PullRequestSituation>) {
  return whoHasTheBall(pullRequest(given));
}

describe('the author has the ball', () => {
  test('while it is a draft', () => {
    const draftChanges = [{ at: day(3), by: ada, ready: false }];

    expect(ball({ draft: true, draftChanges, requests: [ask(3, ben)] })).toMatchObject({
      party: 'author',
      people: [ada],
      since: at(day(3)),
      why: 'draft',
    });
  });

  test('after changes were requested', () => {
    const given = { requests: [ask(3, cora)], reviews: [review(4, ben, 'changes_requested')] };

    expect(ball(given)).toMatchObject({
      party: 'author',
      since: at(day(4)),
      why: 'changes_requested',
    });
  });

  test('until both who wanted changes have an answer', () => {
    const reviews = [review(3, ben, 'changes_requested'), review(5, cora, 'changes_requested')];

    expect(ball({ reviews, pushes: [push(4)] })).toMatchObject({
      party: 'author',
      since: at(day(5)),
    });
    expect(ball({ reviews, pushes: [push(6)] }).party).toBe('reviewers');
  });

  test('while checks fail, since the last push', () => {
    const given = { checks: 'failing' as const, requests: [ask(3, ben)], pushes: [push(4)] };

    expect(ball(given)).toMatchObject({
      party: 'checks-author',
      people: [ada],
      since: at(day(4)),
      why: 'checks_failing',
    });
  });

  test('but a bot as an author is nobody to remind', () => {
    expect(ball({ author: robot, draft: true })).toMatchObject({ party: 'author', people: [] });
    expect(ball({ author: null, draft: true }).people).toEqual([]);
  });
});

describe('requested changes are answered by', () => {
  const reviews = [review(3, ben, 'changes_requested')];
  const answers: readonly [string, Partial<PullRequestSituation>, number][] = [
    ['a push', { pushes: [push(4)] }, 4],
    ['a push of somebody unknown', { pushes: [push(4, null)] }, 4],
    ['a push of another person', { pushes: [push(4, cora)] }, 4],
    ['a comment of the author', { comments: [comment(4, ada)] }, 4],
    [
      'a reply of the author in the review',
      { reviews: [...reviews, review(4, ada, 'commented')] },
      4,
    ],
    ['asking anew', { requests: [ask(4, ben)] }, 4],
  ];

  test.each(answers)('%s: the reviewer has the ball again', (_name, given, n) => {
    expect(ball({ reviews, ...given })).toMatchObject({
      party: 'reviewers',
      people: [ben],
      since: at(day(n)),
      why: 'review_requested',
    });
  });

  const others: readonly [string, Partial<PullRequestSituation>][] = [
    ['a push before them', { pushes: [push(2)] }],
    ['a push of a bot', { pushes: [push(4, robot)] }],
    ['a comment of another person', { comments: [comment(4, cora)] }],
    ['asking somebody else', { requests: [ask(4, cora)] }],
    ['a further comment of the reviewer', { reviews: [...reviews, review(4, ben, 'commented')] }],
  ];

  test.each(others)('not by %s', (_name, given) => {
    expect(ball({ reviews, ...given })).toMatchObject({ why: 'changes_requested' });
  });

  test('or taken back by an approval or a dismissal', () => {
    expect(ball({ reviews: [...reviews, review(4, ben, 'approved')] }).why).toBe('approved');
    expect(ball({ reviews: [...reviews, review(4, ben, 'dismissed')] }).why).toBe(
      'nobody_requested',
    );
  });
});

describe('the reviewers have the ball', () => {
  test('since each of them was asked', () => {
    expect(ball({ requests: [ask(4, ben), ask(3, cora)] })).toMatchObject({
      party: 'reviewers',
      people: [ben, cora],
      since: at(day(3)),
      turns: [
        { reviewer: ben, since: at(day(4)) },
        { reviewer: cora, since: at(day(3)) },
      ],
    });
  });

  test('not before it was ready', () => {
    const draftChanges = [{ at: day(5), by: ada, ready: true }];

    expect(ball({ requests: [ask(3, ben)], draftChanges }).since).toBe(at(day(5)));
  });

  test('only those who have not answered', () => {
    const requests = [ask(3, ben), ask(3, cora)];

    expect(ball({ requests, reviews: [review(4, ben, 'approved')] }).people).toEqual([cora]);
    expect(ball({ requests, comments: [comment(4, ben)] }).people).toEqual([cora]);
  });

  test('when asked again after an approval', () => {
    const given = { requests: [ask(5, ben)], reviews: [review(4, ben, 'approved')] };

    expect(ball(given)).toMatchObject({ people: [ben], since: at(day(5)) });
  });

  test('all anew when the author answered the changes of one', () => {
    const requests = [ask(3, ben), ask(3, cora)];
    const reviews = [review(4, ben, 'changes_requested')];

    expect(ball({ requests, reviews, pushes: [push(6)] }).turns).toEqual([
      { reviewer: ben, since: at(day(6)) },
      { reviewer: cora, since: at(day(6)) },
    ]);
  });

  test('but not who had approved before', () => {
    const requests = [ask(3, ben), ask(3, cora)];
    const reviews = [review(4, ben, 'approved'), review(5, cora, 'changes_requested')];

    expect(ball({ requests, reviews, pushes: [push(6)] }).people).toEqual([cora]);
  });

  test('again when the author answered a mere comment', () => {
    const given = { requests: [ask(3, ben)], comments: [comment(4, ben), comment(5, ada)] };

    expect(ball(given)).toMatchObject({ people: [ben], since: at(day(5)) });
  });

  test('again after a dismissal', () => {
    const reviews = [review(4, ben, 'approved'), review(5, ben, 'dismissed')];

    expect(ball({ requests: [ask(3, ben)], reviews })).toMatchObject({
      people: [ben],
      since: at(day(5)),
    });
  });

  test('a word of the author or of a bot is no review', () => {
    const reviews = [review(4, ada, 'approved'), review(4, robot, 'changes_requested')];
    const comments = [comment(4, ada), comment(4, robot)];

    expect(ball({ requests: [ask(3, ben)], reviews, comments })).toMatchObject({
      party: 'reviewers',
      people: [ben],
    });
  });

  test('as a team when nobody, or only a bot or the author, was asked', () => {
    const team = { party: 'reviewers', people: [], turns: [], why: 'nobody_requested' };

    expect(ball({})).toMatchObject(team);
    expect(ball({ requests: [ask(3, robot), ask(3, ada)] })).toMatchObject(team);
  });
});

describe('nobody has the ball', () => {
  test('after the merge or when it was declined', () => {
    const requests = [ask(3, ben)];

    expect(ball({ state: 'merged', mergedAt: day(5), requests })).toMatchObject({
      party: 'nobody',
      people: [],
      since: at(day(5)),
      why: 'merged',
    });
    expect(ball({ state: 'declined', requests }).why).toBe('declined');
  });

  test('when all who were asked have approved', () => {
    const given = { requests: [ask(3, ben)], reviews: [review(4, ben, 'approved')] };

    expect(ball(given)).toMatchObject({ party: 'nobody', why: 'approved', since: at(day(4)) });
  });

  test('when the reviewers have commented and the author has not answered', () => {
    const given = { requests: [ask(3, ben)], comments: [comment(4, ben)] };

    expect(ball(given)).toMatchObject({ party: 'nobody', why: 'answered' });
  });
});

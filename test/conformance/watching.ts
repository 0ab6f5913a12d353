import { describe, expect, test } from 'vitest';
import { addNudges, nudgesOfPerson } from '../../src/store/nudges.ts';
import {
  changeProblem,
  countOpen,
  dueProblems,
  moveProblemDue,
  openProblem,
  problemsOfPerson,
} from '../../src/store/problems.ts';
import { dueSweeps, findSweep, moveSweep, saveSweep } from '../../src/store/sweeps.ts';
import type { OpenForTest } from './store.ts';

const DRAFT = {
  item: 'jira:issue:ECD-1',
  reason: 'blocked',
  person: 'member:mia',
  level: 'medium',
  line: 'ECD-1 is blocked',
  url: null,
  since: 1,
  dueAt: 100,
} as const;

/** What is looked at, and when, is moved by one hand only. */
export function watchingSuite(name: string, open: OpenForTest): void {
  describe(`${name} keeps what is watched`, () => {
    test('a sweep is moved by one hand only', async () => {
      const { db } = await open();
      const sweep = { subject: 'jira:issue:ECD-1', level: 'high', rules: ['H2'], calm: 1 } as const;
      await saveSweep(db, { ...sweep, checkedAt: 5, nextAt: 10 });
      const [due] = await dueSweeps(db, 10, 5);

      expect(await moveSweep(db, due!, 20)).toBe(true);
      expect(await moveSweep(db, due!, 30)).toBe(false);
      expect(await findSweep(db, sweep.subject)).toEqual({ ...sweep, checkedAt: 5, nextAt: 20 });
    });

    test('a problem is open once for an item, a reason and a person, and anew after it was closed', async () => {
      const { db } = await open();
      const first = await openProblem(db, DRAFT, 50);
      const second = await openProblem(db, { ...DRAFT, level: 'high' }, 60);
      expect([first.isNew, second.isNew]).toEqual([true, false]);
      expect(second.problem).toEqual(first.problem);

      await changeProblem(db, first.problem.id, { closed_at: 70, due_at: null });
      expect(await changeProblem(db, first.problem.id, { step: 2 })).toBe(false);
      const third = await openProblem(db, DRAFT, 80);

      expect(third.isNew).toBe(true);
      expect(await problemsOfPerson(db, DRAFT.person)).toEqual([third.problem]);
      expect(await countOpen(db, DRAFT.person, DRAFT.reason)).toBe(1);
    });

    test('the time of a problem is moved by one hand only, and never after it was closed', async () => {
      const { db } = await open();
      const { problem } = await openProblem(db, DRAFT, 50);
      expect(await dueProblems(db, 99, 5)).toEqual([]);
      expect(await dueProblems(db, 100, 5)).toEqual([problem]);

      expect(await moveProblemDue(db, problem, 200)).toBe(true);
      expect(await moveProblemDue(db, problem, 300)).toBe(false);
      await changeProblem(db, problem.id, { closed_at: 250 });

      expect(await dueProblems(db, 999, 5)).toEqual([]);
    });

    test('the same person, item, reason and day are one reminder', async () => {
      const { db } = await open();
      const { item, reason, person } = DRAFT;
      const nudge = { problem: 'p1', person, item, reason, day: '2026-03-02', action: 'a1', at: 5 };

      const fresh = await addNudges(db, [nudge]);
      const again = await addNudges(db, [{ ...nudge, action: 'a2', at: 6 }]);
      await addNudges(db, [{ ...nudge, day: '2026-03-03', at: 7 }]);

      expect([[...fresh], [...again]]).toEqual([['p1'], []]);
      expect((await nudgesOfPerson(db, person, 0)).map(({ action, at }) => [action, at])).toEqual([
        ['a1', 5],
        ['a1', 7],
      ]);
    });
  });
}

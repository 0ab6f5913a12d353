import { describe, expect, test } from 'vitest';
import type { Approval, StandingGrant } from '../../src/domain/approval.ts';
import {
  addApproval,
  addVote,
  dueApprovals,
  findApproval,
  listApprovals,
  lockApproval,
  moveApproval,
  openApprovals,
} from '../../src/store/approvals.ts';
import { addDirectives, directivesText, latestDirectives } from '../../src/store/directives.ts';
import { activeGrants, addGrant, endGrant, hasGrant } from '../../src/store/standing-grants.ts';
import { addTouches, personPlace, touchesSince, unaskedSince } from '../../src/store/touches.ts';
import type { OpenForTest } from './store.ts';

const SUBJECT = 'jira:issue:ECD-12';
const ASKED = '2026-03-02T09:00:00.000Z';
const ENDS = '2026-03-03T09:00:00.000Z';

/** A question as it is first put. */
export const question = (id: string): Approval => ({
  id,
  action: `action-${id}`,
  digest: 'd1',
  targetVersion: null,
  operation: 'jira.add-comment',
  subject: SUBJECT,
  preview: 'Comment on ECD-12',
  reason: 'Mia asked for it.',
  rule: 'external',
  state: 'open',
  level: 'high',
  askedAt: ASKED,
  expiresAt: ENDS,
  needed: 2,
  excluded: ['member:mia'],
  votes: [],
  decidedBy: null,
  decidedVia: null,
  decidedAt: null,
  note: null,
});

/** What people decide: approvals, grants, directives, and whom we may write to. */
export function judgementSuite(name: string, open: OpenForTest): void {
  describe(`${name} keeps what people decide`, () => {
    test('a question is answered once, for the bytes it asked about', async () => {
      const { write, db } = await open();
      await write((work) => addApproval(work.db, question('q1')));
      const end = { by: 'member:ines', via: 'http', at: Date.parse(ASKED) + 5 };
      const accept = { from: ['open'], to: 'accepted', decided: end } as const;
      const move = (to: Parameters<typeof moveApproval>[2]) =>
        write((work) => moveApproval(work.db, 'q1', to));

      expect(await openApprovals(db)).toEqual({ open: 1, next: Date.parse(ENDS) });
      expect(await dueApprovals(db, Date.parse(ENDS), 5)).toEqual(['q1']);
      expect(await write((work) => lockApproval(work.db, 'q2'))).toBe(false);
      expect(await move({ ...accept, digest: 'd2' })).toBe(false);
      expect(await move({ ...accept, digest: 'd1' })).toBe(true);
      expect(await move({ ...accept, to: 'declined' })).toBe(false);

      const decided = { decidedBy: 'member:ines', decidedVia: 'http' };
      const { items } = await listApprovals(db, { source: 'jira', limit: 5 });
      expect(items).toEqual([
        {
          ...question('q1'),
          ...decided,
          state: 'accepted',
          decidedAt: '2026-03-02T09:00:00.005Z',
        },
      ]);
      expect(await openApprovals(db)).toEqual({ open: 0, next: null });
    });

    test('the yes of a person counts once', async () => {
      const { write, db } = await open();
      await write((work) => addApproval(work.db, question('q1')));
      const vote = { person: 'member:tom', name: 'Tom', via: 'cli', at: ASKED } as const;

      expect(await write((work) => addVote(work.db, 'q1', vote))).toBe(true);
      expect(await write((work) => addVote(work.db, 'q1', { ...vote, via: 'http' }))).toBe(false);

      expect((await findApproval(db, 'q1'))?.votes).toEqual([vote]);
    });

    test('a grant holds for its operation, its subject and its time, until it is ended', async () => {
      const { write, db } = await open();
      const grant: StandingGrant = {
        id: 'g1',
        operation: 'jira.add-comment',
        subject: SUBJECT,
        by: 'member:ines',
        createdAt: ASKED,
        until: ENDS,
        revokedAt: null,
      };
      await write((work) => addGrant(work.db, grant));
      const now = Date.parse(ASKED);
      const asked = { operation: grant.operation, subject: SUBJECT, now } as const;

      expect(await hasGrant(db, asked)).toBe(true);
      expect(await hasGrant(db, { ...asked, subject: 'jira:issue:ECD-1' })).toBe(false);
      expect(await hasGrant(db, { ...asked, now: Date.parse(ENDS) })).toBe(false);
      expect(await activeGrants(db, now)).toEqual([grant]);
      expect(await write((work) => endGrant(work.db, 'g1', now))).toBe(true);
      expect(await write((work) => endGrant(work.db, 'g1', now))).toBe(false);
      expect(await hasGrant(db, asked)).toBe(false);
    });

    test('the directives in force are the last that were added, also when they come back', async () => {
      const { write, db } = await open();
      const add = (version: string, at: number) =>
        write((work) =>
          addDirectives(work.db, {
            version,
            text: `of ${version}`,
            author: 'a',
            note: null,
            now: at,
          }),
        );
      await add('v1', 3);
      await add('v2', 2);
      await add('v1', 1);

      expect((await latestDirectives(db))?.version).toBe('v1');
      expect(await directivesText(db, 'v2')).toBe('of v2');
      expect(await directivesText(db, 'v3')).toBeUndefined();
    });

    test('a slot is for one action, and whoever comes second writes nothing', async () => {
      const { write, db } = await open();
      const place = personPlace('member:mia');
      const touch = { place, purpose: 'reminder', action: 'a1', at: 5, slot: 'mia 2026-03-02' };
      const free = { ...touch, action: 'a2', purpose: 'answer', slot: null };

      expect(await write((work) => addTouches(work.db, [touch]))).toBe(true);
      expect(await write((work) => addTouches(work.db, [{ ...touch, action: 'a2' }, free]))).toBe(
        false,
      );
      expect(await write((work) => addTouches(work.db, [free]))).toBe(true);

      expect(await touchesSince(db, place, 5)).toBe(2);
      expect(await unaskedSince(db, place, 5)).toBe(1);
    });
  });
}

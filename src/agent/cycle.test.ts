import { expect, test } from 'vitest';
import { commentEvent, newEvent } from '../../test/helpers/events.ts';
import { commentOperation, FakeTarget } from '../../test/helpers/connector.ts';
import { cycleParts } from '../../test/helpers/cycle.ts';
import { judgingParts } from '../../test/helpers/judging.ts';
import { handClock, temporaryStore } from '../../test/helpers/store.ts';
import type { Context } from '../domain/context.ts';
import type { Thought } from '../domain/plan.ts';
import { actionsOfCycle } from '../store/actions.ts';
import { keepEvents } from '../store/events.ts';
import { claimMailboxes, wakeMailboxes } from '../store/mailboxes.ts';
import { createCycle } from './cycle.ts';

const QUIET: Thought = {
  plan: { shouldRespond: false, urgency: 'low', reasoning: 'quiet', actions: [], unknowns: [] },
  planner: 'model',
  notes: [],
};

test('a restricted message stays out of the thought, also when a cut-off cycle goes on', async () => {
  const clock = handClock();
  const store = await temporaryStore(clock);
  const secret = commentEvent('1', { text: 'only the leads may read this', restricted: true });
  await store.write(async ({ db }) => {
    await keepEvents(db, [newEvent(secret, clock.now())]);
    await wakeMailboxes(db, [secret.subject], clock.now());
  });
  const thoughtOf: Context[] = [];
  const run = createCycle(
    cycleParts({
      store,
      clock,
      planner: {
        name: 'model',
        paid: true,
        think: (context) => {
          thoughtOf.push(context);
          if (thoughtOf.length === 1) return Promise.reject(new Error('cut off'));
          return Promise.resolve(QUIET);
        },
      },
    }),
  );
  const claim = async () => {
    const request = { owner: 'w', now: clock.now(), leaseMs: 1000, mode: 'simulation', limit: 1 };
    return (await store.write(({ db }) => claimMailboxes(db, request)))[0]!;
  };
  const { signal } = new AbortController();

  await expect(run(await claim(), signal)).rejects.toThrow('cut off');
  clock.move(1000);
  expect(await run(await claim(), signal)).toEqual({ kind: 'finished' });

  expect(thoughtOf).toHaveLength(2);
  expect(JSON.stringify(thoughtOf)).not.toContain('only the leads');
});

test('a message that was said anew is not counted as answered, so that its new version is', async () => {
  const clock = handClock();
  const store = await temporaryStore(clock);
  const [edited, standing] = [commentEvent('1'), commentEvent('2')];
  await store.write(async ({ db }) => {
    await keepEvents(db, [newEvent(edited, clock.now()), newEvent(standing, clock.now())]);
    await wakeMailboxes(db, [edited.subject], clock.now());
  });
  const input = { issue: 'ECD-12', text: 'It moves.' };
  const answer: Thought = {
    ...QUIET,
    plan: {
      ...QUIET.plan,
      actions: [{ operation: 'jira.add-comment', input, reason: 'asked' }],
    },
  };
  const operation = commentOperation(null);
  const asked: (string | null)[][] = [];
  const run = createCycle(
    cycleParts({
      store,
      clock,
      judging: judgingParts([operation], { mode: 'simulation' }),
      standing: (events) =>
        Promise.resolve(
          events.map((event) => (event.key === edited.key ? { ...event, message: null } : event)),
        ),
      planner: {
        name: 'rules',
        paid: false,
        think: (context) => {
          asked.push(context.events.map(({ message }) => message));
          return Promise.resolve(answer);
        },
      },
      carryOut: () => Promise.resolve({ kind: 'settled', state: 'simulated' }),
    }),
  );
  const request = { owner: 'w', now: clock.now(), leaseMs: 1000, mode: 'simulation', limit: 1 };
  const [claim] = await store.write(({ db }) => claimMailboxes(db, request));

  await run(claim!, new AbortController().signal);

  expect(asked).toEqual([
    ['jira:comment:1', 'jira:comment:2'],
    [null, 'jira:comment:2'],
  ]);
  const actions = await actionsOfCycle(store.db, claim!.cycle);
  expect(actions.map(({ answers }) => answers)).toEqual([['jira:comment:2']]);
});

test('a program that ends sends nothing more, and what is open stays for the next one', async () => {
  const clock = handClock();
  const store = await temporaryStore(clock);
  const asked = commentEvent('1');
  await store.write(async ({ db }) => {
    await keepEvents(db, [newEvent(asked, clock.now())]);
    await wakeMailboxes(db, [asked.subject], clock.now());
  });
  const input = { issue: 'ECD-12', text: 'It moves.' };
  const actions = [{ operation: 'jira.add-comment', input, reason: 'asked' }];
  const ending = new AbortController();
  const sent: string[] = [];
  const parts = cycleParts({
    store,
    clock,
    mode: 'production',
    judging: judgingParts([commentOperation(new FakeTarget())], { mode: 'production' }),
    planner: {
      name: 'rules',
      paid: false,
      think: () => {
        ending.abort();
        return Promise.resolve({ ...QUIET, plan: { ...QUIET.plan, actions } });
      },
    },
    carryOut: ({ id }) => {
      sent.push(id);
      return Promise.resolve({ kind: 'settled', state: 'done' });
    },
  });
  const request = { owner: 'w', now: clock.now(), leaseMs: 1000, mode: 'production', limit: 1 };
  const [claim] = await store.write(({ db }) => claimMailboxes(db, request));

  await expect(createCycle(parts)(claim!, ending.signal)).rejects.toThrow('abort');

  expect(sent).toEqual([]);
  const kept = await actionsOfCycle(store.db, claim!.cycle);
  expect(kept.map(({ state }) => state)).toEqual(['proposed']);
});

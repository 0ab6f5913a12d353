import { onTestFinished } from 'vitest';
import { startWebhookReceiver } from '../../emulators/http/start-webhook-receiver.ts';
import { CHANNELS, PEOPLE } from '../../emulators/slack/slack-seed.ts';
import { startSlackEmulator } from '../../emulators/slack/start-slack-emulator.ts';
import type { SlackEmulator } from '../../emulators/slack/start-slack-emulator.ts';
import { approvalPlanner } from '../../src/agent/planner-approvals.ts';
import type { ApprovalPlannerParts } from '../../src/agent/planner-approvals.ts';
import { slackConnector } from '../../src/connectors/slack/index.ts';
import type { Action } from '../../src/domain/action.ts';
import type { Approval } from '../../src/domain/approval.ts';
import type { Constitution, TeamMember } from '../../src/domain/constitution.ts';
import type { ProjectEvent } from '../../src/domain/event.ts';
import { asFailure } from '../../src/domain/failure.ts';
import { approvalSubject } from '../../src/domain/own-subjects.ts';
import type { Plan, ProposedAction } from '../../src/domain/plan.ts';
import { eventJudge } from '../../src/inbox/event-judge.ts';
import { newId } from '../../src/lib/ids.ts';
import { addActions } from '../../src/store/actions.ts';
import type { Store } from '../../src/store/open.ts';
import { constitutionOf, decideParts, heldAction, INES, MIA, THEO, TOM } from './approvals.ts';
import { handClock, temporaryStore } from './store.ts';

const inSlackAs = (member: TeamMember, slack: string): TeamMember => ({
  ...member,
  accounts: { ...member.accounts, slack },
});

/** The team of the approvals in the emulated workspace. */
export const TEAM = {
  mia: inSlackAs(MIA, PEOPLE.mia),
  tom: inSlackAs(TOM, PEOPLE.tom),
  ines: {
    ...inSlackAs(INES, PEOPLE.ines),
    calendar: { tz: 'Africa/Lagos', week: INES.calendar.week },
  },
  theo: inSlackAs(THEO, PEOPLE.jonas),
};

/** A planner with an emulated Slack under it; what it plans is done there as it is, without the policy. */
export interface Asking {
  readonly store: Store;
  readonly clock: ReturnType<typeof handClock>;
  readonly slack: SlackEmulator;
  readonly parts: ApprovalPlannerParts;
  /** One pass over the mailbox of an approval with these events; everything planned is done. */
  readonly pass: (approval: Approval, events?: readonly ProjectEvent[]) => Promise<Plan>;
  /** Plans without doing. */
  readonly plan: (approval: Approval, events?: readonly ProjectEvent[]) => Promise<Plan>;
  /** Somebody presses a button of the newest card; the event as it comes to the mailbox. */
  readonly press: (user: string, button: string, at?: MessageAt) => Promise<ProjectEvent>;
  /** Somebody sends the form that was opened last. */
  readonly submit: (user: string, values: Record<string, string>) => Promise<ProjectEvent>;
}

interface MessageAt {
  readonly channel: string;
  readonly ts: string;
}

/** Starts the workspace. With `channel` the directives name one for approvals. */
export async function startAsking(
  changes: Partial<Constitution> = { channels: { approvals: '#payments' } },
): Promise<Asking> {
  const clock = handClock();
  const store = await temporaryStore(clock);
  const slack = await startSlackEmulator({
    botToken: 'xoxb-1',
    now: () => new Date(clock.now()),
  });
  onTestFinished(() => slack.close());
  const receiver = await startWebhookReceiver();
  onTestFinished(() => receiver[Symbol.asyncDispose]());
  slack.aimWebhook({ url: receiver.url, secret: 'signing-secret' });
  const connector = slackConnector({
    baseUrl: slack.url,
    botToken: 'xoxb-1',
    appToken: null,
    userToken: null,
    signingSecrets: ['signing-secret'],
    channels: [],
    pollSeconds: 15,
    mayWrite: true,
  });
  const constitution = constitutionOf({ members: Object.values(TEAM), ...changes });
  const deciding = decideParts(store, clock, constitution);
  const ofSlack = connector.operations.map((one) => [one.name, one] as const);
  const parts: ApprovalPlannerParts = {
    ...deciding,
    operations: new Map([...deciding.operations, ...ofSlack]),
    personOf: () => null,
    accountOf: () => null,
    channelId: (named) => Promise.resolve(named === '#payments' ? CHANNELS.payments : null),
  };
  const judge = eventJudge({
    accounts: new Map([['slack', [slack.bot.user]]]),
    bots: new Set(),
    projects: () => new Set(),
  });
  // As the worker would find it: the planner is made anew for every pass, and remembers nothing.
  const plan = async (approval: Approval, events: readonly ProjectEvent[] = []) => {
    const context = {
      subject: approvalSubject(approval.id),
      events: [...events],
      facts: [],
      sources: [],
      history: [],
      answered: [],
      directivesVersion: 'test',
    };
    const call = {
      signal: new AbortController().signal,
      spent: () => undefined,
      purse: {
        reserve: () => Promise.resolve({ kind: 'unpriced' as const }),
        settle: () => Promise.resolve(),
      },
    };
    return (await approvalPlanner(parts).think(context, call)).plan;
  };
  const arrived = async (): Promise<ProjectEvent> => {
    await slack.idle();
    const sent = receiver.received.findLast(({ body }) => body.toString().startsWith('payload='));
    const headers = { 'content-type': ['application/x-www-form-urlencoded'] };
    const json = connector.webhook?.unwrap?.(sent?.body ?? new Uint8Array(), headers);
    const body: unknown = JSON.parse(Buffer.from(json ?? '').toString('utf8'));
    const events = connector.webhook?.normalise(body, headers).events ?? [];
    const sighting = { way: 'webhook', delivery: null, keptAt: clock.now() } as const;
    const [judged] = judge(connector, events, sighting);
    if (judged?.significance.wakes !== true) throw new Error('nothing that wakes');
    return judged.event;
  };
  return {
    store,
    clock,
    slack,
    parts,
    plan,
    pass: async (approval, events) => {
      const made = await plan(approval, events);
      for (const proposed of made.actions)
        await carryOut({ store, clock, parts }, approval, proposed);
      return made;
    },
    press: async (user, button, at) => {
      const seen = slack.messages(CHANNELS.payments).filter(({ onlyFor }) => onlyFor === null);
      const card = at ?? seen.at(-1);
      if (card === undefined) throw new Error('there is no card');
      slack.pressButton(user, card, `pm.approval.${button}`);
      return await arrived();
    },
    submit: async (user, values) => {
      slack.submitForm(user, values);
      return await arrived();
    },
  };
}

/** Does what was planned, and writes it down as the door would. */
async function carryOut(
  { store, clock, parts }: Pick<Asking, 'store' | 'clock' | 'parts'>,
  approval: Approval,
  proposed: ProposedAction,
): Promise<void> {
  const operation = parts.operations.get(proposed.operation);
  if (operation === undefined || operation.effect === 'read') throw new Error(proposed.operation);
  const now = clock.now();
  const subject = approvalSubject(approval.id);
  const base = heldAction(now, { text: '', subject });
  const call = { marker: newId(now), signal: AbortSignal.timeout(5000) };
  const input: unknown = operation.input.parse(proposed.input);
  const end = await Promise.resolve(operation.write?.run(input, call)).then(
    (effect) => ({ state: 'done' as const, effectId: effect?.id ?? null }),
    (error: unknown) => ({ state: 'failed' as const, effectId: null, note: asFailure(error).kind }),
  );
  const { operation: name, reason } = proposed;
  const done = { ...base, operation: name, input: proposed.input, reason, ...end };
  await store.write((work) => addActions(work.db, [done]));
  // The receipt of a send is another transaction of the door.
  const { effectId } = done;
  const set = store.db.updateTable('actions').set({ effect_id: effectId });
  await set.where('id', '=', (done satisfies Action).id).execute();
}

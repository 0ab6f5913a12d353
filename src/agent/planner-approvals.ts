import { decide } from '../actions/approvals/decide.ts';
import type { DecideParts } from '../actions/approvals/ballot.ts';
import { lateFor, notAllowed, refusalOf } from '../actions/approvals/decision.ts';
import type { Answer, Decider, Decision } from '../actions/approvals/decision.ts';
import type { Action } from '../domain/action.ts';
import type { Approval } from '../domain/approval.ts';
import type { TeamMember } from '../domain/constitution.ts';
import type { ProjectEvent } from '../domain/event.ts';
import { APPROVAL_BUTTON, approvalOf, approvalSubject } from '../domain/own-subjects.ts';
import type { ProposedAction, Thought } from '../domain/plan.ts';
import type { Planner } from '../domain/planner.ts';
import { subjectParts } from '../domain/subject.ts';
import { actionsOfSubject, findAction } from '../store/actions.ts';
import { findApproval } from '../store/approvals.ts';
import { cardButtons, cardText, isShownWhole } from './approval-card.ts';
import type { Card } from './approval-card.ts';
import { declineForm, editableFields, editForm, readForm } from './approval-form.ts';
import { receiptText } from './approval-receipt.ts';

/** What asking people takes, besides what deciding takes. */
export interface ApprovalPlannerParts extends DecideParts {
  /** The person of an account; `null` when nobody is known by it. */
  readonly personOf: (system: string, account: string) => string | null;
  /** The account of a person in a system; `null` where there is none. */
  readonly accountOf: (person: string, system: string) => string | null;
  /** The id of a channel that the directives name; `null` when there is none of that name. */
  readonly channelId: (named: string) => Promise<string | null>;
}

const MOST_ACTIONS = 5;
// One more than fits beside a receipt would be a card that is never brought up to date.
const MOST_DIRECT = 4;
const MOST_TRIES = 2;
const PAST = 200;
const POSTS: ReadonlySet<string> = new Set(['slack.post-message', 'slack.send-direct']);
const PURPOSES = ['approvals', 'engineering'];
// Some of the states in which an action may still come to be, or has come to be.
const GOES_ON: ReadonlySet<Action['state']> = new Set([
  'proposed',
  'held',
  'deferred',
  'simulated',
  'sending',
  'done',
  'unknown',
]);

/** One pass over the mailbox of one approval. */
interface Round {
  readonly parts: ApprovalPlannerParts;
  readonly approval: Approval;
  readonly action: Action | null;
  /** What was done on this card before, newest first. */
  readonly past: readonly Action[];
}

/**
 * Works the mailbox of an approval: asks in Slack, takes the answers of its buttons and forms, and brings every card up to
 * date. Code alone decides here; planning the same mail twice gives the same plan, since every press counts once.
 */
export function approvalPlanner(parts: ApprovalPlannerParts): Planner {
  return {
    name: 'approvals',
    paid: false,
    think: async (context) => {
      const id = approvalOf(context.subject);
      const before = id === null ? undefined : await roundOf(parts, id);
      if (before === undefined) return thoughtOf([], 'There is no such approval.');
      const receipts: ProposedAction[] = [];
      for (const event of context.events) receipts.push(...(await answered(before, event)));
      const round = (await roundOf(parts, before.approval.id)) ?? before;
      const { actions, unknowns } = await cards(round);
      const all = [
        ...receipts.filter(isForm),
        ...actions,
        ...receipts.filter((one) => !isForm(one)),
      ];
      return thoughtOf(all, `The approval is ${round.approval.state}.`, unknowns);
    },
  };
}

const isForm = ({ operation }: ProposedAction): boolean => operation === 'slack.open-form';

function thoughtOf(
  actions: readonly ProposedAction[],
  reasoning: string,
  unknowns: readonly string[] = [],
): Thought {
  const plan = {
    shouldRespond: actions.length > 0,
    urgency: 'medium' as const,
    reasoning,
    actions: actions.slice(0, MOST_ACTIONS),
    unknowns: [...unknowns],
  };
  return { plan, planner: 'rules', notes: [] };
}

async function roundOf(parts: ApprovalPlannerParts, id: string): Promise<Round | undefined> {
  const { db } = parts.store;
  const approval = await findApproval(db, id);
  if (approval === undefined) return undefined;
  const action = await findAction(db, approval.action);
  const past = await actionsOfSubject(db, approvalSubject(id), PAST);
  return { parts, approval, action, past };
}

/** What is planned for the card itself: it is posted once, and changed wherever it says something else by now. */
async function cards(round: Round): Promise<{ actions: ProposedAction[]; unknowns: string[] }> {
  const posts = round.past.filter(({ operation }) => POSTS.has(operation));
  if (posts.some(({ state }) => GOES_ON.has(state))) {
    return { actions: posts.flatMap((post) => updateOf(round, post)), unknowns: [] };
  }
  const isOver = round.approval.state !== 'open' || posts.length >= MOST_TRIES;
  if (isOver) return { actions: [], unknowns: [] };
  const actions = await postsOf(round);
  const unknowns =
    actions.length > 0 ? [] : ['Nobody can be asked in Slack: pm-agent approve list'];
  return { actions, unknowns };
}

async function postsOf(round: Round): Promise<ProposedAction[]> {
  const { parts, approval } = round;
  const reason = `a person has to decide about ${approval.operation}`;
  const channel = await channelOf(round);
  const { calendar } = parts.constitution();
  if (channel !== null) {
    const input = { channel, ...shown(round, calendar.tz) };
    return [{ operation: 'slack.post-message', input, reason, purpose: 'approval' }];
  }
  if (!parts.operations.has('slack.send-direct')) return [];
  return approversFor(round).map(({ user, member }) => ({
    operation: 'slack.send-direct',
    input: { user, ...shown(round, member.calendar.tz) },
    reason,
    purpose: 'approval',
  }));
}

/** The channel in which decisions are asked for. What was said in a conversation is shown to its approvers alone. */
async function channelOf({ parts, approval }: Round): Promise<string | null> {
  const isPrivate = subjectParts(approval.subject).system === 'slack';
  if (isPrivate || !parts.operations.has('slack.post-message')) return null;
  const { channels } = parts.constitution();
  for (const purpose of PURPOSES) {
    const named = Object.hasOwn(channels, purpose) ? channels[purpose] : undefined;
    const id = named === undefined ? null : await parts.channelId(named);
    if (id !== null) return id;
  }
  return null;
}

function approversFor(round: Round): { user: string; member: TeamMember }[] {
  const { parts } = round;
  const constitution = parts.constitution();
  const able = constitution.members.flatMap((member) => {
    const by: Decider = { person: member.id, name: member.name, via: 'slack', role: null };
    const user = member.accounts['slack'] ?? parts.accountOf(member.id, 'slack');
    const mayAnswer = refusalOf(by, { ...round, constitution }) === null;
    return user !== null && mayAnswer ? [{ user, member }] : [];
  });
  return able.slice(0, MOST_DIRECT);
}

function shown(round: Round, zone: string): { text: string; buttons?: object[] } {
  const card = cardOf(round, zone);
  const buttons = cardButtons(card);
  return { text: cardText(card), ...(buttons.length === 0 ? {} : { buttons }) };
}

function cardOf({ parts, approval, action }: Round, zone: string): Card {
  const fields = editableFields(action?.input ?? {});
  return { approval, action, zone, editable: fields.length > 0 && canOpenForms(parts) };
}

const canOpenForms = ({ operations }: ApprovalPlannerParts) => operations.has('slack.open-form');

/** The change of one card, when it says something else than it should. */
function updateOf(round: Round, post: Action): ProposedAction[] {
  const place = placeOf(post);
  if (post.state !== 'done' || place === null) return [];
  const wanted = shown(round, zoneOf(round, post));
  const changes = round.past.filter((one) => isChangeOf(one, place));
  const tried = changes.filter(({ state }) => state === 'failed' || state === 'denied');
  const last = changes.find(({ state }) => GOES_ON.has(state)) ?? post;
  if (last.input['text'] === wanted.text || tried.length >= MOST_TRIES) return [];
  const reason = `the approval is ${round.approval.state}`;
  const input = { ...place, ...wanted };
  return [{ operation: 'slack.update-message', input, reason, purpose: 'approval' }];
}

function isChangeOf({ operation, input }: Action, place: Place): boolean {
  const isHere = input['channel'] === place.channel && input['ts'] === place.ts;
  return operation === 'slack.update-message' && isHere;
}

function zoneOf({ parts }: Round, post: Action): string {
  const { members, calendar } = parts.constitution();
  const { user } = post.input;
  const person = typeof user === 'string' ? parts.personOf('slack', user) : null;
  const isReader = (one: TeamMember) => one.id === person || one.accounts['slack'] === user;
  const reader = user === undefined ? undefined : members.find(isReader);
  return (reader?.calendar ?? calendar).tz;
}

interface Place {
  readonly channel: string;
  readonly ts: string;
}

/** Where a card stands, by what its posting has made. */
function placeOf({ effectId }: Action): Place | null {
  const [channel, ts] = effectId?.split(':') ?? [];
  return channel === undefined || ts === undefined ? null : { channel, ts };
}

/** What a press or a form leads to besides a change of the card: a form, or a private word. */
async function answered(round: Round, event: ProjectEvent): Promise<ProposedAction[]> {
  const { actor } = event;
  if (event.source !== 'slack' || actor === null || actor.kind !== 'person') return [];
  if (event.kind === 'button.pressed') return await pressed(round, { event, user: actor.id });
  return event.kind === 'view.submitted' ? await sent(round, { event, user: actor.id }) : [];
}

interface Doing {
  readonly event: ProjectEvent;
  /** The account that did it. */
  readonly user: string;
}

async function pressed(round: Round, doing: Doing): Promise<ProposedAction[]> {
  const { event, user } = doing;
  const { approval } = round;
  const word = event.changes[0]?.field.slice(APPROVAL_BUTTON.length);
  const channel = event.scope;
  const tell = (text: string | null) => receipt({ channel, user, text });
  // A button that somebody put under another text says nothing about what its presser has read.
  if (!isOnCard(round, event)) return tell(receiptText({ kind: 'not-the-card', id: approval.id }));
  if (word === 'accept' && !isShownWhole(approval)) {
    return tell(receiptText({ kind: 'not-shown', id: approval.id }));
  }
  if (word === 'accept') {
    return tell(receiptText(await decided(round, doing, { answer: 'accept' })));
  }
  const refusal = mayNot(round, deciderOf(round, doing));
  if (refusal !== null) return tell(receiptText(refusal));
  if (word !== 'edit' && word !== 'decline') return [];
  return opened(round, { word, doing });
}

/** The form behind a button; where none can be opened, and after one that failed, how it is done otherwise. */
function opened(
  round: Round,
  given: { readonly word: 'edit' | 'decline'; readonly doing: Doing },
): ProposedAction[] {
  const { word, doing } = given;
  const { approval, action, past, parts } = round;
  const { scope: channel, changes } = doing.event;
  const trigger = changes.find(({ field }) => field === 'trigger')?.to ?? null;
  const otherwise = {
    channel,
    user: doing.user,
    text: receiptText({ kind: 'no-form', id: approval.id, word }),
  };
  if (trigger === null || channel === null || !canOpenForms(parts)) return receipt(otherwise);
  const press = { approval, channel, trigger };
  const form = word === 'edit' ? editForm(press, action?.input ?? {}) : declineForm(press);
  const last = past.find(({ operation }) => operation === 'slack.open-form');
  const hasFailed = last?.state === 'failed' || last?.state === 'unknown';
  return hasFailed ? [form, ...receipt(otherwise)] : [form];
}

async function sent(round: Round, doing: Doing): Promise<ProposedAction[]> {
  const form = readForm(doing.event, round.action?.input ?? {});
  if (form === null) return [];
  const { answer, reason: note, input, channel } = form;
  const given = answer === 'edit' ? { answer, input } : { answer, note };
  const decision = await decided(round, doing, given);
  return receipt({ channel, user: doing.user, text: receiptText(decision) });
}

async function decided(
  { parts, approval }: Round,
  doing: Doing,
  given: Pick<Answer, 'answer' | 'input' | 'note'>,
): Promise<Decision> {
  const by = deciderOf({ parts }, doing);
  return await decide(parts, { ...given, approval: approval.id, by, press: doing.event.key });
}

function deciderOf({ parts }: Pick<Round, 'parts'>, { event, user }: Doing): Decider {
  const { members } = parts.constitution();
  const named = members.find(({ accounts }) => accounts['slack'] === user)?.id;
  const person = named ?? parts.personOf('slack', user) ?? `slack:${user}`;
  const name = members.find(({ id }) => id === person)?.name ?? event.actor?.name ?? user;
  return { person, name, via: 'slack', role: null };
}

function mayNot({ approval, action, parts }: Round, by: Decider): Decision | null {
  const why = refusalOf(by, { approval, action, constitution: parts.constitution() });
  if (why !== null) return notAllowed(why);
  return approval.state === 'open' ? null : lateFor(approval);
}

/** Whether the pressed button stands under a card that we posted for this approval. */
function isOnCard({ past }: Round, event: ProjectEvent): boolean {
  return past.some((post) => {
    const place = POSTS.has(post.operation) ? placeOf(post) : null;
    if (place === null) return false;
    const subject = `slack:thread:${place.channel}:${place.ts}`;
    return event.related?.includes(subject) === true && event.scope === place.channel;
  });
}

/** A private word to whoever pressed; none where there is nothing to say, or no place to say it. */
function receipt(given: {
  readonly channel: string | null;
  readonly user: string;
  readonly text: string | null;
}): ProposedAction[] {
  const { channel, user, text } = given;
  if (channel === null || text === null) return [];
  const input = { channel, user, text };
  const reason = 'the answer to a press of a button';
  return [{ operation: 'slack.post-ephemeral', input, reason, purpose: 'receipt' }];
}

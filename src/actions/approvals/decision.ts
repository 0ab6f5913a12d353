import type { Action } from '../../domain/action.ts';
import type { Approval, ApprovalState } from '../../domain/approval.ts';
import type { Constitution, TeamMember } from '../../domain/constitution.ts';

/** Who answers, and how it is known. */
export interface Decider {
  /** The id of a member, `token:<name>` for a token that speaks for nobody, `null` for a stranger. */
  readonly person: string | null;
  readonly name: string;
  readonly via: 'slack' | 'http' | 'cli';
  /** The role of the token that was shown; `null` where the person was proven in another way. */
  readonly role: 'viewer' | 'approver' | 'admin' | null;
  /** The token that spoke for the person, for the journal. */
  readonly token?: string;
}

/** A person's answer to one approval. */
export interface Answer {
  readonly approval: string;
  readonly by: Decider;
  readonly answer: 'accept' | 'decline' | 'edit';
  /** Why it is declined. */
  readonly note?: string | undefined;
  /** The whole input that is to be used instead, for `edit`. */
  readonly input?: Readonly<Record<string, unknown>> | undefined;
  /** Minutes for which the same operation needs no question any more: 60 to 480. */
  readonly allowFor?: number | undefined;
  /** True: on every subject and not on this one alone. */
  readonly allowEverywhere?: boolean | undefined;
  /** Names this very answer: given twice, it counts once and is answered the same. */
  readonly press?: string | undefined;
}

/** Why somebody may not answer. */
export type NotAllowed =
  'not-an-approver' | 'asked-for-it' | 'about-you' | 'already-agreed' | 'holder-not-known';

/** What became of an answer. */
export type Decision =
  | { readonly kind: 'accepted'; readonly approval: Approval }
  | { readonly kind: 'waiting-for-second'; readonly approval: Approval }
  | { readonly kind: 'declined'; readonly approval: Approval }
  | { readonly kind: 'expired'; readonly approval: Approval }
  | {
      readonly kind: 'already';
      readonly approval: Approval;
      readonly who: string | null;
      readonly when: string | null;
      readonly how: ApprovalState;
    }
  | { readonly kind: 'not-allowed'; readonly why: NotAllowed; readonly reason: string }
  | { readonly kind: 'invalid-input'; readonly reason: string }
  | { readonly kind: 'not-found' };

const REASONS: Readonly<Record<NotAllowed, string>> = {
  'not-an-approver': 'The directives do not name you among those who approve.',
  'asked-for-it': 'You asked for it yourself: somebody else has to decide.',
  'about-you': 'It is about you: somebody else has to decide.',
  'already-agreed': 'You have agreed already: a second person has to.',
  'holder-not-known':
    'Two different people have to agree, and this token does not say whose it is.',
};

/** A refusal with its words. */
export function notAllowed(why: NotAllowed): Extract<Decision, { kind: 'not-allowed' }> {
  return { kind: 'not-allowed', why, reason: REASONS[why] };
}

/** The answer to whoever comes after the end. */
export function lateFor(approval: Approval): Decision {
  if (approval.state === 'expired') return { kind: 'expired', approval };
  const { decidedBy: who, decidedAt: when, state: how } = approval;
  return { kind: 'already', approval, who, when, how };
}

interface Asked {
  readonly approval: Approval;
  readonly action: Pick<Action, 'askedBy'> | null;
  readonly constitution: Constitution;
}

/** Why this person may not answer this approval, whatever the answer is; `null` when they may. */
export function refusalOf(by: Decider, asked: Asked): NotAllowed | null {
  const member = memberOf(by, asked.constitution);
  if (!mayApprove(by, member)) return 'not-an-approver';
  const names = namesOf(by, member);
  const askedBy = asked.action?.askedBy ?? null;
  if (askedBy !== null && names.has(askedBy)) return 'asked-for-it';
  if (asked.approval.excluded.some((one) => names.has(one))) return 'about-you';
  const isUnknown = member === undefined && by.role !== null;
  return isUnknown && asked.approval.needed > 1 ? 'holder-not-known' : null;
}

/** Whether an action with these people in it is about the person who answers. */
export function isAbout(
  people: readonly string[],
  by: Decider,
  constitution: Constitution,
): boolean {
  const names = namesOf(by, memberOf(by, constitution));
  return people.some((one) => names.has(one));
}

/** Under which id a yes is counted, so that nobody counts twice. */
export function voterOf(by: Decider, constitution: Constitution): string {
  return memberOf(by, constitution)?.id ?? by.person ?? by.name;
}

/** The member who answers: by id, or by a token that bears the member's name or id. */
function memberOf(by: Decider, { members }: Constitution): TeamMember | undefined {
  const { person } = by;
  if (person === null) return undefined;
  if (!person.startsWith('token:')) return members.find(({ id }) => id === person);
  const holder = person.slice('token:'.length).toLowerCase();
  return members.find((one) => {
    return [one.id, one.id.replace(/^member:/, ''), one.name.toLowerCase()].includes(holder);
  });
}

function mayApprove(by: Decider, member: TeamMember | undefined): boolean {
  const isToken = by.person?.startsWith('token:') === true;
  if (isToken) return by.role === 'approver' || by.role === 'admin';
  return member?.approves === true && by.role !== 'viewer';
}

/** Every id under which the person may be named. */
function namesOf({ person }: Decider, member: TeamMember | undefined): ReadonlySet<string> {
  const accounts = Object.entries(member?.accounts ?? {}).map(([system, id]) => `${system}:${id}`);
  return new Set([person, member?.id, ...accounts].filter((one) => typeof one === 'string'));
}

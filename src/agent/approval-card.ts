import { EXPIRED } from '../actions/approvals/end-approval.ts';
import { visible } from '../actions/approvals/exact-preview.ts';
import type { Action } from '../domain/action.ts';
import type { Approval } from '../domain/approval.ts';
import { APPROVAL_BUTTON } from '../domain/own-subjects.ts';

/** More of a preview is not shown on a card, and what is not shown cannot be approved there. */
const SHOWN = 2_500;
const LINE = 300;

/** What a card shows. */
export interface Card {
  readonly approval: Approval;
  readonly action: Action | null;
  /** IANA name of the zone of those who read it. */
  readonly zone: string;
  /** True when its fields can be edited in a form. */
  readonly editable: boolean;
}

/** Whether a card can show all that would be done. */
export function isShownWhole({ preview }: Pick<Approval, 'preview'>): boolean {
  return preview.length <= SHOWN;
}

/** The words of a card as its approval stands now. */
export function cardText(card: Card): string {
  const { approval } = card;
  const open = approval.state === 'open';
  return [
    open ? `Please decide: ${approval.operation}` : stampOf(card),
    '',
    open ? 'Exactly this would be done:' : 'What was asked:',
    ...exactly(approval),
    '',
    `Why: ${oneLine(approval.reason)}`,
    `Asked by the rule: ${oneLine(approval.rule)}`,
    ...(open ? askLines(card) : []),
  ].join('\n');
}

/** The buttons of an open card; none when nothing can be decided on it any more. */
export function cardButtons({ approval, editable }: Card): object[] {
  if (approval.state !== 'open') return [];
  const value = approval.id;
  const accept = { id: `${APPROVAL_BUTTON}accept`, label: 'Approve', style: 'primary', value };
  const edit = { id: `${APPROVAL_BUTTON}edit`, label: 'Edit', value };
  const decline = { id: `${APPROVAL_BUTTON}decline`, label: 'Decline', style: 'danger', value };
  if (!isShownWhole(approval)) return [decline];
  return editable ? [accept, edit, decline] : [accept, decline];
}

function exactly({ id, preview }: Approval): string[] {
  if (isShownWhole({ preview })) return [preview];
  return [
    preview.slice(0, SHOWN).toWellFormed(),
    '',
    `These are the first ${SHOWN} of ${preview.length} characters, so it cannot be approved here. Read all and decide:`,
    `pm-agent approve show ${id}`,
  ];
}

function askLines({ approval, zone }: Card): string[] {
  const { needed, votes, expiresAt } = approval;
  const agreed = votes.map(({ name, at }) => `${oneLine(name)} agreed ${clock(at, zone)}`);
  const left = needed - votes.length;
  return [
    ...agreed,
    ...(needed > 1 ? [`${left} of ${needed} people still have to agree.`] : []),
    `Until ${day(expiresAt, zone)} (${zone}); after that it is not done.`,
  ];
}

const STAMPS: Readonly<Record<Approval['state'], (card: Card) => string>> = {
  open: () => '',
  accepted: (card) => `Approved by ${decided(card)}, working on it`,
  executed: (card) => `Approved by ${decided(card)}, done${link(card)}`,
  failed: (card) => `Approved by ${decided(card)}, but it failed${because(card)}`,
  changed: (card) => `Changed since, asked again${because(card)}`,
  declined: (card) => `Declined by ${decided(card)}${because(card)}`,
  withdrawn: (card) => `Withdrawn${because(card)}`,
  expired: () => `${EXPIRED.charAt(0).toUpperCase()}${EXPIRED.slice(1)}`,
};

/** The line that says how an approval ended. */
function stampOf(card: Card): string {
  return STAMPS[card.approval.state](card);
}

/** Who decided, and when. */
function decided({ approval, zone }: Card): string {
  const names = approval.votes.map(({ name }) => oneLine(name));
  const who = names.length > 0 ? names.join(' and ') : oneLine(approval.decidedBy ?? 'somebody');
  return approval.decidedAt === null ? who : `${who} ${clock(approval.decidedAt, zone)}`;
}

function because({ approval }: Card): string {
  return approval.note === null ? '' : `: ${oneLine(approval.note)}`;
}

function link({ action }: Card): string {
  const url = action?.effectUrl ?? null;
  return url === null ? '' : `: ${url}`;
}

function oneLine(text: string): string {
  const line = visible(text.replace(/\s+/g, ' ').trim());
  return line.length > LINE ? `${line.slice(0, LINE).toWellFormed()} ...` : line;
}

/** The time on the wall of a zone, `14:03`. */
function clock(at: string, zone: string): string {
  const format = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: zone } as const;
  return new Intl.DateTimeFormat('en-GB', format).format(Date.parse(at));
}

function day(at: string, zone: string): string {
  const format = { weekday: 'short', day: 'numeric', month: 'short', timeZone: zone } as const;
  return `${new Intl.DateTimeFormat('en-GB', format).format(Date.parse(at))}, ${clock(at, zone)}`;
}

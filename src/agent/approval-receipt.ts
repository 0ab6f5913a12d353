import { EXPIRED } from '../actions/approvals/end-approval.ts';
import type { Decision } from '../actions/approvals/decision.ts';
import type { Approval } from '../domain/approval.ts';

/** What else may have to be said to whoever pressed a button. */
type Hitch =
  | { readonly kind: 'not-the-card'; readonly id: string }
  | { readonly kind: 'not-shown'; readonly id: string }
  | { readonly kind: 'no-form'; readonly id: string; readonly word: 'edit' | 'decline' };

/** The private word for an answer; `null` where the card itself says it. */
export function receiptText(answer: Decision | Hitch): string | null {
  switch (answer.kind) {
    case 'accepted':
    case 'declined':
    case 'waiting-for-second':
      return null;
    case 'already':
      return late(answer.approval, answer);
    case 'expired':
      return `Too late: ${EXPIRED}.`;
    case 'not-allowed':
      return `Not counted. ${answer.reason}`;
    case 'invalid-input':
      return `Not counted, it does not fit: ${answer.reason}`.slice(0, LONGEST);
    case 'not-found':
      return 'There is no such question any more.';
    case 'not-the-card':
      return `Not counted: this is not the card that asks. Look at it with: pm-agent approve show ${answer.id}`;
    case 'not-shown':
      return `Not counted: the card does not show all of it. Read it with: pm-agent approve show ${answer.id}`;
    case 'no-form':
      return `No form could be opened. Press once more, or use: pm-agent approve ${answer.word} ${answer.id}`;
  }
}

const LONGEST = 1_000;

function late(
  { note }: Approval,
  { who, when, how }: Extract<Decision, { kind: 'already' }>,
): string {
  if (who === null)
    return `Too late: it is ${how}${note === null ? '' : ` (${note})`}.`.slice(0, LONGEST);
  const word = how === 'declined' ? 'declined' : 'approved';
  return `Too late: ${who} ${word} it${when === null ? '' : ` at ${when.slice(11, 16)} UTC`}.`;
}

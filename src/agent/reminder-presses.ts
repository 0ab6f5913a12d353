import type { ProjectEvent } from '../domain/event.ts';
import type { ProposedAction } from '../domain/plan.ts';
import { z } from 'zod';
import { nudgesOfProblems } from '../store/nudges.ts';
import type { SentNudge } from '../store/nudges.ts';
import { openAmong, problemsById } from '../store/problems.ts';
import { remindedBy, TOP } from './record-nudges.ts';
import { pressed } from './reminder-answer.ts';
import type { CaseParts, PersonLook } from './reminder-cases.ts';
import { respond, stampOf } from './reminder-response.ts';
import type { Response } from './reminder-response.ts';
import { stampedText } from './reminder-text.ts';

const SLACK = 'slack';

/** Does what the presses in this mail say, and proposes the receipts: the message loses its buttons and gets a stamp. */
export async function answerPresses(
  parts: CaseParts,
  look: PersonLook,
  events: readonly ProjectEvent[],
): Promise<ProposedAction[]> {
  const receipts = new Map<string, ProposedAction>();
  for (const event of events.filter(({ kind }) => kind === 'button.pressed')) {
    const receipt = await answer(parts, look, event);
    // The last word on a message is the one that is shown.
    if (receipt !== null)
      receipts.set(JSON.stringify([receipt.operation, place(receipt)]), receipt);
  }
  return [...receipts.values()].slice(0, 2);
}

function place({ input }: ProposedAction): unknown {
  return [input['channel'], input['ts'], input['user']];
}

async function answer(
  parts: CaseParts,
  look: PersonLook,
  event: ProjectEvent,
): Promise<ProposedAction | null> {
  const [change] = event.changes;
  const reminded = remindedBy(change?.to ?? '');
  const { actor } = event;
  if (change === undefined || reminded?.person !== look.person || actor === null) return null;
  const at = Date.parse(event.at);
  const said = pressed(change.field, at, look.team.timeOf(look.person));
  if (said === null) return null;
  const { db, write } = parts.store;
  const named = await problemsById(db, reminded.problems);
  const problems = named.filter(({ person }) => person === look.person);
  const by = look.team.memberAt({ system: SLACK, id: actor.id, name: actor.name, bot: false });
  // What leadership reads in its channel may be taken up by anybody there whom the directives name.
  const isTheirs =
    by?.id === look.person || (by !== null && problems.every(({ step }) => step === TOP));
  if (!isTheirs || problems.length === 0) return refusal(event);
  const open = await openAmong(
    db,
    problems.map(({ id }) => id),
  );
  const response: Response = {
    problems: problems.filter(({ id }) => open.has(id)),
    answer: said,
    at,
    person: by.id,
    team: look.team,
    now: look.now,
    windowMs: parts.windowMs,
  };
  await write((work) => respond(work, response));
  const [sent] = await nudgesOfProblems(
    db,
    problems.map(({ id }) => id),
  );
  return sent === undefined ? null : stampedReminder(sent, stampOf(response));
}

const Said = z.object({ text: z.string() });

/** The reminder as it was, without buttons and with its stamp; `null` when it cannot be found. */
export function stampedReminder(
  { effectId, input }: Pick<SentNudge, 'effectId' | 'input'>,
  stamp: string,
): ProposedAction | null {
  const [channel, ts] = effectId?.split(':') ?? [];
  const said = Said.safeParse(input);
  if (channel === undefined || ts === undefined || !said.success) return null;
  return {
    operation: 'slack.update-message',
    input: { channel, ts, text: stampedText(said.data.text, stamp) },
    reason: 'what was answered to a reminder is shown under it',
    purpose: 'receipt',
  };
}

function refusal({ scope, actor }: ProjectEvent): ProposedAction | null {
  if (scope === null || actor === null) return null;
  return {
    operation: 'slack.post-ephemeral',
    input: {
      channel: scope,
      user: actor.id,
      text: 'This reminder is not yours, so nothing was changed.',
    },
    reason: 'somebody else pressed a button of a reminder',
    purpose: 'receipt',
  };
}

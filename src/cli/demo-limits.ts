import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { withDayBudget } from './demo-directives.ts';
import { INES, TOM } from './demo-seed.ts';
import { answeredOnce, checked } from './demo-told.ts';
import type { Outcome, Scene, Told } from './demo-told.ts';
import type { World } from './demo-world.ts';

const SMALL_BUDGET = 0.05;
const OPEN_QUESTION = '@pm-agent who has this?';

async function pause(world: World): Promise<readonly number[]> {
  await world.call('/api/pause', { minutes: 120 });
  world.jira.addComment('ECD-12', TOM, OPEN_QUESTION);
  return [];
}

async function resume(world: World): Promise<readonly number[]> {
  await world.call('/api/resume', {});
  await world.app.judgement.timely.deferred.look();
  return [];
}

function pausedTold({ seen }: Outcome): Told {
  const [action] = seen.actions;
  const { rule = '-', reason = '-', until = '-' } = action?.verdict ?? {};
  return checked(
    'listens, thinks, and keeps its answer back',
    `policy: not now (${rule}: ${reason}), looked at again at ${until.slice(11, 16)} UTC`,
    {
      'one action, deferred': seen.actions.map(({ state }) => state).join() === 'deferred',
      'by the pause': rule === 'paused',
      'no comment': seen.comments.length === 0,
    },
  );
}

function resumedTold({ seen }: Outcome): Told {
  const [comment, ...more] = seen.comments;
  return checked(
    `1 comment on ${comment?.issue ?? '-'}: "${comment?.text ?? '-'}"`,
    'what waited is judged again under the rules of now, and was not thought about twice',
    {
      'one comment there': comment?.issue === 'ECD-12' && more.length === 0,
      'the model was not asked': seen.cycles.every(({ calls }) => calls.length === 0),
    },
  );
}

/** The product manager puts other directives in force, as `pm-agent directives apply` does. */
async function spendNoMore(world: World): Promise<readonly number[]> {
  const file = readFileSync(join(world.folder, 'pm-directives.yaml'), 'utf8');
  await world.call('/api/directives', { text: withDayBudget(file, SMALL_BUDGET), note: 'less' });
  world.jira.addComment('ECD-6', INES, '@pm-agent how does this stand now?');
  return [];
}

function spentTold({ seen }: Outcome): Told {
  const told = answeredOnce(seen, { issue: 'ECD-6', planner: 'rules' });
  const notes = seen.cycles.flatMap(({ thought }) => thought?.notes ?? []);
  const note = notes.find((one) => one.includes('is used up')) ?? '-';
  return checked(told.did, `${note}; ${told.why}`, {
    ...told.checks,
    'the model was not asked': seen.cycles.every(({ calls }) => calls.length === 0),
    'the trace names the budget': note.includes('the budget of the day'),
    'the comment says so': seen.comments[0]?.text.includes('No model was used') === true,
  });
}

/** What people stop and limit. */
export const LIMITING: readonly Scene[] = [
  {
    time: '16:13',
    title: `Mia Berg: pm-agent pause --for 2h. Tom Weber asks on ECD-12: "${OPEN_QUESTION}"`,
    send: pause,
    tell: pausedTold,
  },
  { time: '16:26', title: 'Mia Berg: pm-agent resume', send: resume, tell: resumedTold },
  {
    time: '17:55',
    title: `Mia Berg sets the day's budget to $${SMALL_BUDGET.toFixed(2)}: pm-agent directives apply. Ines Okafor asks how ECD-6 stands`,
    send: spendNoMore,
    tell: spentTold,
  },
];

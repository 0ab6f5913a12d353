import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seededRandom } from '../../test/helpers/random.ts';
import { account, issue, pullRequest, THRESHOLDS } from '../../test/helpers/situations.ts';
import { directives, member, press, stewardWorld } from '../../test/helpers/steward-world.ts';
import type { TeamMember } from '../domain/constitution.ts';
import { personSubject } from '../domain/own-subjects.ts';
import type { Situation } from '../domain/situation.ts';
import type { Calendar } from '../domain/working-time.ts';
import { workingTime } from '../lib/business-time.ts';
import { iso } from '../lib/clock.ts';

const ZONES = Intl.supportedValuesOf('timeZone');
const HOUR = 3_600_000;
const DAYS = 8;
const PEOPLE = 50;
const RUNS = 6;

// Around changes of clocks in the north and in the south, and days like any other.
const STARTS = [
  '2025-03-07',
  '2025-03-28',
  '2025-04-04',
  '2025-06-10',
  '2025-09-26',
  '2025-10-03',
  '2025-10-24',
  '2025-10-31',
  '2025-12-29',
];

type Random = () => number;
const oneOf = <T>(random: Random, list: readonly T[]): T =>
  list[Math.floor(random() * list.length)]!;
const upTo = (random: Random, most: number): number => Math.floor(random() * most);

function calendarOf(random: Random): Calendar {
  const hours = oneOf(random, [
    ['09:00', '18:00'],
    ['08:30', '12:30'],
    ['22:00', '06:00'],
    ['00:00', '24:00'],
  ] as const);
  const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
  const worked = days.filter((_, n) => n < 5 || random() < 0.2);
  const week = Object.fromEntries(worked.map((day) => [day, [[hours[0], hours[1]]]]));
  return { tz: oneOf(random, ZONES), week: week };
}

interface Moment {
  readonly at: number;
  readonly person: TeamMember;
  readonly item: Situation;
  readonly what: 'begins' | 'ends' | 'pressed';
}

/** What waits for one person in these days: reviews, and now and then a ticket that is stuck, some of it critical. */
function scheduleOf(random: Random, person: TeamMember, start: number): Moment[] {
  const id = person.id.slice('member:'.length);
  return Array.from({ length: 1 + upTo(random, 4) }, (_, n) => {
    const at = start + upTo(random, (DAYS - 3) * 24) * HOUR + upTo(random, 3600) * 1000;
    const by = { ...account(id), system: 'jira' };
    const item =
      random() < 0.7
        ? pullRequest({
            subject: `github:pull-request:acme/${id}#${n}`,
            name: `${id}#${n}`,
            createdAt: iso(at),
            author: account('Author'),
            critical: random() < 0.2,
            requests: [{ reviewer: account(id), at: iso(at) }],
          })
        : issue({
            subject: `jira:issue:ECD-${id}-${n}`,
            assignee: by,
            createdAt: iso(at),
            flagged: random() < 0.7,
            priority: random() < 0.2 ? 'Highest' : 'Medium',
          });
    const moments: Moment[] = [{ at, person, item, what: 'begins' }];
    if (random() < 0.4)
      moments.push({ at: at + upTo(random, 90) * HOUR, person, item, what: 'ends' });
    if (random() < 0.4)
      moments.push({ at: at + upTo(random, 90) * HOUR, person, item, what: 'pressed' });
    return moments;
  }).flat();
}

function ended(item: Situation): Situation {
  if (item.kind === 'pull-request') return { ...item, state: 'merged' };
  return item.kind === 'issue' ? { ...item, category: 'done' } : item;
}

async function play(seed: number) {
  const random = seededRandom(seed);
  const start = Date.parse(`${oneOf(random, STARTS)}T00:00:00Z`);
  const people = Array.from({ length: PEOPLE }, (_, n) => {
    return member(`P${n}`, { calendar: calendarOf(random) });
  });
  const lead = member('Lead', { role: 'tech-lead', calendar: calendarOf(random) });
  const minutes = { critical: 240, high: 720, medium: 1440, low: 1440 };
  const urgency = { ...THRESHOLDS, checkMinutes: minutes };
  const constitution = directives([...people, lead], { urgency });
  const world = await stewardWorld(constitution, { start: iso(start), twins: random() < 0.5 });
  const moments = people.flatMap((person) => scheduleOf(random, person, start));
  for (const moment of moments.toSorted((one, other) => one.at - other.at)) {
    await world.runUntil(moment.at);
    await live(world, moment, random);
  }
  await world.runUntil(start + DAYS * 24 * HOUR);
  return { world, people: [...people, lead] };
}

type World = Awaited<ReturnType<typeof stewardWorld>>;

async function live(
  world: World,
  { item, person, what, at }: Moment,
  random: Random,
): Promise<void> {
  if (what === 'begins') await world.put(item);
  if (what === 'ends') await world.put(ended(item));
  const direct = world.sent.filter(({ operation }) => operation === 'slack.send-direct');
  const last = direct.findLast((one) => one.person === person.id);
  const mailbox = personSubject(person.id);
  if (what !== 'pressed' || last === undefined || mailbox === null) return;
  const value = String((last.input['buttons'] as { value: string }[])[0]?.value);
  const id = `pm.reminder.${oneOf(random, ['onit', 'snooze', 'notforme'])}`;
  const user = person.accounts['slack'] ?? '';
  const thought = await world.think(mailbox, [press(mailbox, { id, value, user, at })]);
  await world.send(mailbox, thought);
}

test(
  'over random weeks in random zones, with restarts and two hands at once, nobody hears twice on a day or outside hours',
  { timeout: 240_000 },
  async () => {
    let count = 0;
    const property = fc.asyncProperty(fc.integer({ min: 1, max: 2 ** 31 }), async (seed) => {
      const { world, people } = await play(seed);
      const direct = world.sent.filter(({ operation }) => operation === 'slack.send-direct');
      count += direct.length;
      for (const person of people) {
        const time = workingTime(person.calendar);
        const mine = direct.filter((one) => one.person === person.id);
        const asleep = mine.filter(({ at }) => !time.isWorking(at)).map(({ at }) => iso(at));
        expect({ zone: person.calendar.tz, asleep }).toEqual({
          zone: person.calendar.tz,
          asleep: [],
        });
        const days = mine
          .filter(({ level }) => level !== 'critical')
          .map(({ at }) => time.localDate(at));
        expect(days).toEqual([...new Set(days)]);
      }
    });
    // A failure prints its seed.
    await fc.assert(property, { numRuns: RUNS, endOnFailure: true });

    // 300 schedules of which nobody heard anything would prove nothing.
    expect(count).toBeGreaterThan(RUNS * PEOPLE);
  },
);

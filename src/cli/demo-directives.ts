import { parseDocument } from 'yaml';
import { PEOPLE as SLACK } from '../../emulators/slack/slack-seed.ts';
import { INES, JONAS, MIA, TOM } from './demo-seed.ts';

// Zones without summer time: the story has the same hours on every day of the year.
const TEAM = {
  zone: 'UTC',
  hours: '09:00-18:00',
  members: [
    {
      name: 'Mia Berg',
      role: 'product-manager',
      approves: true,
      accounts: { jira: MIA, bitbucket: MIA, github: '101', slack: SLACK.mia },
    },
    {
      name: 'Tom Weber',
      role: 'tech-lead',
      approves: true,
      accounts: { jira: TOM, bitbucket: TOM, github: '104', slack: SLACK.tom },
    },
    {
      name: 'Ines Okafor',
      zone: 'Africa/Lagos',
      accounts: { jira: INES, bitbucket: INES, github: '102', slack: SLACK.ines },
    },
    {
      name: 'Jonas Lind',
      zone: 'Asia/Kolkata',
      accounts: { jira: JONAS, bitbucket: JONAS, github: '103', slack: SLACK.jonas },
    },
  ],
};

const CHANNELS = {
  standup: '#web',
  engineering: '#payments',
  leadership: '#leads',
  approvals: '#pm-approvals',
};

/** The directives of the demo: those that ship, with the invented team and its channels. */
export function demoDirectives(shipped: string): string {
  const document = parseDocument(shipped);
  document.set('team', TEAM);
  document.set('channels', CHANNELS);
  return document.toString();
}

/** The same with another budget for the day, US dollars. */
export function withDayBudget(directives: string, usd: number): string {
  const document = parseDocument(directives);
  document.setIn(['budget', 'per_day_usd'], usd);
  return document.toString();
}

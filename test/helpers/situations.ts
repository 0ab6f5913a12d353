import { DEFAULT_LIMITS, DEFAULT_URGENCY } from '../../src/actions/directives/defaults.ts';
import type {
  AccountRef,
  IssueSituation,
  PullRequestSituation,
} from '../../src/domain/situation.ts';
import type { Calendar } from '../../src/domain/working-time.ts';

/** The figures of domain.md section 16. */
export const LIMITS = DEFAULT_LIMITS;

/** The figures of domain.md section 8. */
export const THRESHOLDS = DEFAULT_URGENCY;

/** Monday to Friday, nine to six, in a zone. */
export function officeHours(tz: string): Calendar {
  const day: [string, string][] = [['09:00', '18:00']];
  return { tz, week: { mon: day, tue: day, wed: day, thu: day, fri: day } };
}

/** An account of the code host; its id is its name in small letters. */
export function account(name: string, bot = false): AccountRef {
  return { system: 'github', id: name.toLowerCase(), name, bot };
}

/** An open, ready pull request that nobody was asked to review, with what a test says otherwise. */
export function pullRequest(given: Partial<PullRequestSituation> = {}): PullRequestSituation {
  return {
    subject: 'github:pull-request:acme/web#7',
    name: 'web#7',
    title: 'Round the totals',
    url: null,
    createdAt: '2025-06-02T09:00:00Z',
    textDigest: '0'.repeat(64),
    kind: 'pull-request',
    state: 'open',
    draft: false,
    author: account('Ada'),
    draftChanges: [],
    requests: [],
    reviews: [],
    comments: [],
    pushes: [],
    checks: 'passing',
    critical: false,
    lines: null,
    mergedAt: null,
    ...given,
  };
}

/** A ticket in progress that nothing happened to, with what a test says otherwise. */
export function issue(given: Partial<IssueSituation> = {}): IssueSituation {
  return {
    subject: 'jira:issue:ECD-1',
    name: 'ECD-1',
    title: 'Round the totals',
    url: null,
    createdAt: '2025-06-02T09:00:00Z',
    textDigest: '0'.repeat(64),
    kind: 'issue',
    status: 'Doing',
    category: 'in_progress',
    priority: null,
    assignee: null,
    reporter: null,
    flagged: false,
    changes: [],
    steps: [],
    blockedBy: [],
    blocks: [],
    sprint: null,
    dueDate: null,
    ...given,
  };
}

import type {
  Activity,
  Issue,
  IssueRow,
  Occurrence,
  Person,
  Project,
  Release,
  SentryState,
} from './sentry-state.ts';

/** What shapes need to know besides the thing itself. */
export interface View {
  readonly url: string;
  readonly state: SentryState;
}

/** A user beside what they did. */
function userShape(person: Person) {
  const { id, name, email, username } = person;
  return {
    id,
    name,
    username,
    email,
    avatarUrl: '',
    isActive: true,
    hasPasswordAuth: true,
    isManaged: false,
    dateJoined: '2026-01-05T08:00:00.000000Z',
    lastLogin: null,
    has2fa: false,
    lastActive: null,
    isSuperuser: false,
    isStaff: false,
    experiments: {},
    emails: [{ id: `7${id}`, email, is_verified: true }],
    avatar: { avatarType: 'letter_avatar', avatarUuid: null },
  };
}

/** What the root of the API tells of the token. */
export function whoamiShape(person: Person, scopes: readonly string[]) {
  return { version: '0', auth: { scopes }, user: userShape(person) };
}

export function memberShape(person: Person) {
  return {
    id: `4${person.id}`,
    email: person.email,
    name: person.name,
    user: userShape(person),
    orgRole: 'member',
    pending: false,
    expired: false,
    flags: {
      'idp:provisioned': false,
      'idp:role-restricted': false,
      'sso:linked': false,
      'sso:invalid': false,
      'member-limit:restricted': false,
      'partnership:restricted': false,
    },
    dateCreated: '2026-01-05T08:00:00.000000Z',
    inviteStatus: 'approved',
    inviterName: null,
  };
}

function flags(names: readonly string[]): Record<string, boolean> {
  return Object.fromEntries(names.map((name) => [name, false]));
}

export function projectShape(project: Project) {
  return {
    id: project.id,
    slug: project.slug,
    name: project.name,
    platform: project.platform,
    dateCreated: '2026-01-05T08:00:00.000000Z',
    isBookmarked: false,
    isMember: true,
    hasAccess: true,
    access: [],
    features: ['releases'],
    firstEvent: null,
    firstTransactionEvent: false,
    team: null,
    teams: [],
    eventProcessing: { symbolicationDegraded: false },
    platforms: [project.platform],
    environments: ['production'],
    latestRelease: null,
    ...flags([
      'hasCustomMetrics',
      'hasFeedbacks',
      'hasMinifiedStackTrace',
      'hasMonitors',
      'hasNewFeedbacks',
      'hasProfiles',
      'hasReplays',
      'hasSessions',
      'hasUserReports',
      'hasInsightsHttp',
      'hasInsightsDb',
      'hasInsightsAssets',
      'hasInsightsAppStart',
      'hasInsightsScreenLoad',
      'hasInsightsVitals',
      'hasInsightsCaches',
      'hasInsightsQueues',
      'hasInsightsLlmMonitoring',
    ]),
  };
}

/** To whom `user:7` or `team:3` refers; `null` for nobody. */
export function assigneeShape({ state }: View, assignee: string | null) {
  const [type = '', id = ''] = (assignee ?? '').split(':');
  const found = type === 'team' ? state.teams.get(id) : state.people.get(id);
  if (found === undefined) return null;
  return { type, id, name: found.name, ...('email' in found ? { email: found.email } : {}) };
}

/** The part of an issue that webhooks and lists share. */
export function issueShape(view: View, row: IssueRow) {
  const project = view.state.projects.get(row.project);
  return {
    id: row.id,
    shareId: null,
    shortId: row.shortId,
    title: row.title,
    culprit: row.culprit,
    permalink: `${view.url}/organizations/${view.state.organization}/issues/${row.id}/`,
    logger: null,
    level: row.level,
    status: row.status,
    statusDetails: row.statusDetails,
    substatus: row.substatus,
    isPublic: false,
    platform: project?.platform ?? 'other',
    project: {
      id: project?.id ?? '0',
      name: project?.name ?? row.project,
      slug: row.project,
      platform: project?.platform ?? 'other',
    },
    type: 'error',
    metadata: { type: row.type, value: row.value, filename: 'app.js' },
    numComments: row.comments,
    assignedTo: assigneeShape(view, row.assignee),
    isBookmarked: false,
    isSubscribed: false,
    subscriptionDetails: null,
    hasSeen: false,
    annotations: [],
    issueType: 'error',
    issueCategory: 'error',
    priority: row.priority,
    count: String(row.count),
    userCount: row.users,
    firstSeen: micros(row.firstSeen),
    lastSeen: micros(row.lastSeen),
  };
}

/** An issue of a list. */
export function listedShape(view: View, row: IssueRow) {
  return { ...issueShape(view, row), stats: { '24h': [] } };
}

/** An issue by its number. */
export function wholeShape(view: View, issue: Issue) {
  const release = issue.occurrences.at(-1)?.release ?? null;
  return {
    ...listedShape(view, issue.row),
    stats: { '24h': [], '30d': [] },
    activity: issue.activity
      .toReversed()
      .slice(0, 100)
      .map((one) => activityShape(view, one)),
    firstRelease: null,
    lastRelease: release === null ? null : { version: release, shortVersion: release },
    participants: [],
    pluginActions: [],
    pluginContexts: [],
    pluginIssues: [],
    seenBy: [],
    tags: [],
    userReportCount: 0,
  };
}

/** A comment or a change. */
export function activityShape({ state }: View, activity: Activity) {
  const person = activity.user === null ? undefined : state.people.get(activity.user);
  return {
    id: activity.id,
    type: activity.type,
    user: person === undefined ? null : userShape(person),
    dateCreated: micros(activity.dateCreated),
    data: activity.data,
  };
}

/** An occurrence of a list. Lists are precise to the second. */
export function occurrenceShape({ state }: View, { row }: Issue, occurrence: Occurrence) {
  const project = state.projects.get(row.project);
  const release = occurrence.release;
  return {
    id: occurrence.id,
    'event.type': 'error',
    groupID: row.id,
    eventID: occurrence.id,
    projectID: project?.id ?? '0',
    message: '',
    title: row.title,
    location: 'app.js',
    culprit: row.culprit,
    user: null,
    tags: [
      { key: 'environment', value: occurrence.environment },
      { key: 'level', value: row.level },
      ...(release === null ? [] : [{ key: 'release', value: release }]),
    ],
    platform: project?.platform ?? 'other',
    dateCreated: occurrence.at.toISOString().replace(/\.\d+Z$/, 'Z'),
    crashFile: null,
  };
}

/** The values of a tag that occur most; only environments are kept. */
export function tagShape({ occurrences }: Issue, key: string) {
  const values = key === 'environment' ? occurrences.map(({ environment }) => environment) : [];
  const counted = [...Map.groupBy(values, (value) => value)];
  const times = occurrences.map(({ at }) => micros(at));
  const topValues = counted.map(([value, all]) => ({
    key,
    name: value,
    value,
    count: all.length,
    firstSeen: times[0] ?? null,
    lastSeen: times.at(-1) ?? null,
  }));
  return { key, name: key, uniqueValues: counted.length, totalValues: values.length, topValues };
}

/** A whole occurrence. */
export function eventShape(view: View, issue: Issue, occurrence: Occurrence) {
  const { 'event.type': type, ...listed } = occurrenceShape(view, issue, occurrence);
  const { row } = issue;
  const frame = { function: 'pay', filename: 'app.js', module: 'app', lineNo: 42, inApp: true };
  const outer = { ...frame, function: 'handle', filename: 'router.js', inApp: false };
  const value = { type: row.type, value: row.value, stacktrace: { frames: [outer, frame] } };
  return {
    ...listed,
    dateCreated: micros(occurrence.at),
    dateReceived: micros(occurrence.at),
    contexts: {},
    size: 1_000,
    entries: [{ type: 'exception', data: { values: [value] } }],
    dist: null,
    sdk: {},
    context: {},
    packages: {},
    type,
    metadata: { type: row.type, value: row.value, filename: 'app.js' },
    errors: [],
    occurrence: null,
    _meta: {},
    release: null,
    userReport: null,
    sdkUpdates: [],
    resolvedWith: [],
    nextEventID: null,
    previousEventID: null,
  };
}

export function releaseShape(release: Release) {
  return {
    version: release.version,
    shortVersion: release.version.split('@').at(-1),
    dateCreated: micros(release.created),
    dateReleased: null,
    commitCount: release.commits.length,
    newGroups: 0,
    projects: [{ slug: release.project }],
  };
}

/** Times are written with microseconds. */
export function micros(at: Date): string {
  return at.toISOString().replace('Z', '000Z');
}

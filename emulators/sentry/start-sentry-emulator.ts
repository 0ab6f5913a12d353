import type { EmulatorServer, RequestRecord } from '../http/emulator-server.ts';
import { startEmulatorServer } from '../http/emulator-server.ts';
import type { FaultPlan } from '../http/fault-plan.ts';
import { faultPlan } from '../http/fault-plan.ts';
import type {
  WebhookFault,
  WebhookRecord,
  WebhookSender,
  WebhookTarget,
} from '../http/webhook-sender.ts';
import { webhookSender } from '../http/webhook-sender.ts';
import { pythonJson } from './python-json.ts';
import { sentryHabits } from './sentry-habits.ts';
import type { RateLimit } from './sentry-handler.ts';
import { sentryHandler } from './sentry-handler.ts';
import { AGENT, INTEGRATION, seededState } from './sentry-seed.ts';
import type { ErrorReport, MetricAction, SentrySite, SiteEvent } from './sentry-site.ts';
import { sentrySite } from './sentry-site.ts';
import type { Activity, Issue, Person, SentryState } from './sentry-state.ts';
import { nextId } from './sentry-state.ts';
import { webhookOf } from './webhook-body.ts';

export interface SentryEmulatorOptions {
  readonly token: string;
  /** Its slug; `acme` unless told. */
  readonly organization?: string;
  /** 0, the default, takes any free port. */
  readonly port?: number;
  readonly webhook?: WebhookTarget;
  readonly now?: () => Date;
  /** Decides which requests a fault with a probability strikes. */
  readonly faultSeed?: number;
  /** How far lists of issues and occurrences are behind, by the emulator's clock. */
  readonly indexLagMs?: number;
  /** What the token may do. */
  readonly scopes?: readonly string[];
  readonly limit?: RateLimit;
  /** A rule of this name fires for every new issue, beside the webhook of the issue itself. */
  readonly alertOnNewIssues?: string;
}

/** A Sentry organisation on 127.0.0.1. People and errors act through it directly, the agent through REST. */
export interface SentryEmulator {
  readonly url: string;
  /** Where the calls of the API go: `url` with `/api/0`. */
  readonly baseUrl: string;
  /** The user behind the token. */
  readonly account: Person;
  /** The id under which webhooks name the agent. */
  readonly integration: string;
  readonly state: SentryState;
  readonly requests: readonly RequestRecord[];
  /** How many changes came through REST and were applied, whatever their sender was told. */
  readonly writes: number;
  readonly deliveries: readonly WebhookRecord[];
  readonly faults: FaultPlan;
  /** An error occurs: a new issue, one more occurrence, or a resolved issue that comes back. */
  captureError(project: string, report: ErrorReport): Issue;
  /** A release with its commits, which are suspected of the errors of that release. */
  release(project: string, version: string, commits: readonly NewCommit[]): void;
  resolve(issue: string, by: string): void;
  ignore(issue: string, by: string): void;
  unresolve(issue: string, by: string): void;
  /** An archived issue occurs too often and comes back by itself. */
  escalate(issue: string): void;
  /** To `user:ID`, `team:ID` or nobody. */
  assign(issue: string, by: string, assignee: string | null): void;
  comment(issue: string, by: string, text: string): Activity;
  editComment(comment: string, text: string): void;
  deleteComment(comment: string): void;
  /** The comments of an issue, oldest first. */
  comments(issue: string): readonly Activity[];
  fireAlert(issue: string, rule: string): void;
  fireMetricAlert(project: string, alert: MetricAlertOrder): void;
  /** Turns webhooks on or off, or elsewhere. */
  aimWebhook(target: WebhookTarget | undefined): void;
  pushWebhookFault(...faults: readonly WebhookFault[]): void;
  /** Signs and sends any bytes, as the next delivery of `resource.action`. */
  deliverWebhook(event: string, body: Buffer): void;
  /** Resolves when no delivery and no late change is in flight. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/** A commit of a release; `author` is the id of a user. */
interface NewCommit {
  readonly id: string;
  readonly message: string;
  readonly author: string;
}

/** A metric alert that changes its state; `id` is given again for a later step of the same incident. */
interface MetricAlertOrder {
  readonly id?: string;
  readonly name: string;
  readonly action: MetricAction;
  readonly text?: string;
}

const SCOPES = [
  'event:read',
  'event:write',
  'project:read',
  'org:read',
  'member:read',
  'team:read',
];
const LIMIT: RateLimit = { calls: 10_000, windowMs: 1_000 };

/** Starts an organisation. Throws when the port is taken, or the webhook's address is not on this machine. */
export async function startSentryEmulator(options: SentryEmulatorOptions): Promise<SentryEmulator> {
  const { now = () => new Date(), organization = 'acme' } = options;
  const sender = webhookSender(sentryHabits(now), options.faultSeed);
  sender.aim(options.webhook);
  const where = { url: '' };
  const counted = { writes: 0 };
  const faults = faultPlan(options.faultSeed);
  const state = seededState(organization, now());
  const site = sentrySite({
    state,
    now,
    announce: (event) => announce({ sender, site, url: where.url, options }, event),
  });
  const server = await startEmulatorServer({
    port: options.port ?? 0,
    faults,
    handle: sentryHandler({
      site,
      token: options.token,
      scopes: options.scopes ?? SCOPES,
      indexLagMs: options.indexLagMs ?? 0,
      limit: options.limit ?? LIMIT,
      url: () => where.url,
      wrote: () => {
        counted.writes += 1;
      },
    }),
  });
  where.url = server.url;
  return {
    ...ofPeople(site),
    ...ofWebhooks(sender),
    url: server.url,
    baseUrl: `${server.url}/api/0`,
    account: AGENT,
    integration: INTEGRATION.uuid,
    state,
    requests: server.requests,
    faults,
    get writes() {
      return counted.writes;
    },
    ...ending(server, sender),
  };
}

function ending(server: EmulatorServer, sender: WebhookSender) {
  return {
    idle: async () => {
      await server.settled();
      await sender.idle();
    },
    close: () => {
      sender.close();
      return server.close();
    },
  };
}

interface Announcing {
  readonly sender: WebhookSender;
  readonly site: SentrySite;
  readonly url: string;
  readonly options: SentryEmulatorOptions;
}

function announce({ sender, site, url, options }: Announcing, event: SiteEvent): void {
  const { name, body } = webhookOf({ url, state: site.state }, event);
  sender.send(name, Buffer.from(pythonJson(body)));
  const rule = options.alertOnNewIssues;
  if (rule === undefined || event.kind !== 'issue' || event.action !== 'created') return;
  site.fireAlert(event.issue, rule);
}

function ofWebhooks(sender: WebhookSender) {
  return {
    deliveries: sender.log,
    aimWebhook: (target: WebhookTarget | undefined) => sender.aim(target),
    pushWebhookFault: (...faults: readonly WebhookFault[]) => sender.pushFault(...faults),
    deliverWebhook: (event: string, body: Buffer) => sender.send(event, body),
  };
}

function ofPeople(site: SentrySite) {
  const issue = (id: string): Issue => {
    const found = site.state.issues.get(id);
    if (found === undefined) throw new Error(`There is no issue ${id}.`);
    return found;
  };
  return {
    captureError: (project: string, report: ErrorReport) => site.capture(project, report),
    release: (project: string, version: string, given: readonly NewCommit[]) => {
      const created = site.now();
      const commits = given.map((commit) => ({ ...commit, created }));
      site.state.releases.push({ version, project, created, commits });
    },
    resolve: (id: string, by: string) => {
      const patch = { status: 'resolved', substatus: null, statusDetails: {} } as const;
      site.act(issue(id), { by, patch, type: 'set_resolved', action: 'resolved' });
    },
    ignore: (id: string, by: string) => {
      const patch = { status: 'ignored', substatus: 'archived_until_escalating' } as const;
      site.act(issue(id), { by, patch, type: 'set_ignored', action: 'archived' });
    },
    unresolve: (id: string, by: string) => {
      const patch = { status: 'unresolved', substatus: 'ongoing' } as const;
      site.act(issue(id), { by, patch, type: 'set_unresolved', action: 'unresolved' });
    },
    escalate: (id: string) => {
      const patch = {
        status: 'unresolved',
        substatus: 'escalating',
        lastSeen: site.now(),
      } as const;
      site.act(issue(id), { by: null, patch, type: 'set_escalating', action: 'unresolved' });
    },
    assign: (id: string, by: string, assignee: string | null) =>
      site.assign(issue(id), by, assignee),
    comment: (id: string, by: string, text: string) => site.comment(issue(id), by, text),
    editComment: (id: string, text: string) => site.editComment(id, text),
    deleteComment: (id: string) => site.deleteComment(id),
    comments: (id: string) => issue(id).activity.filter(({ type }) => type === 'note'),
    fireAlert: (id: string, rule: string) => site.fireAlert(issue(id), rule),
    fireMetricAlert: (project: string, alert: MetricAlertOrder) => {
      const { id = nextId(site.state), name, action, text = '' } = alert;
      site.announce({ kind: 'metric-alert', id, name, action, text, project, at: site.now() });
    },
  };
}

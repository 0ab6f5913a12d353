import type { EmulatorServer, RequestRecord } from '../http/emulator-server.ts';
import { startEmulatorServer } from '../http/emulator-server.ts';
import type { FaultPlan } from '../http/fault-plan.ts';
import { faultPlan } from '../http/fault-plan.ts';
import type { AdfDocument } from './adf-document.ts';
import { textToAdf } from './adf-document.ts';
import { isAdfDocument } from './adf-validator.ts';
import { handleControl } from './control-routes.ts';
import type { HookRegistry } from './hook-registry.ts';
import { hookRegistry } from './hook-registry.ts';
import { issueIndex } from './issue-index.ts';
import { handleJira } from './jira-handler.ts';
import type { IssueSeed, JiraSeed } from './jira-seed.ts';
import { applySeed, SMALL_TEAM } from './jira-seed.ts';
import type { IssuePatch, JiraSite, SiteEvent } from './jira-site.ts';
import { JIRA_HABITS } from './jira-habits.ts';
import { findComment, jiraSite } from './jira-site.ts';
import type { Comment, Issue, JiraState, Person, Sprint, Worklog } from './jira-state.ts';
import { findIssue, statusNamed } from './jira-state.ts';
import { matchesJql } from './jql.ts';
import type { NewWorklog } from './site-changes.ts';
import {
  addLink,
  addSprint,
  addWorklog,
  changeSprint,
  deleteLink,
  deleteWorklog,
  editWorklog,
} from './site-changes.ts';
import { webhookBody } from './webhook-body.ts';
import type {
  WebhookFault,
  WebhookRecord,
  WebhookSender,
  WebhookTarget,
} from '../http/webhook-sender.ts';
import { webhookSender } from '../http/webhook-sender.ts';

export interface JiraEmulatorOptions {
  readonly email: string;
  readonly token: string;
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** What the site holds at the start; without it, `SMALL_TEAM`. */
  readonly seed?: JiraSeed;
  /** Whose token it is. */
  readonly account?: Person;
  readonly webhook?: WebhookTarget;
  readonly now?: () => Date;
  /** Decides which requests a fault with a probability strikes. */
  readonly faultSeed?: number;
  /** After how long a search finds what was changed, by the clock of the site; 0 unless given. */
  readonly indexLagMs?: number;
  /** Permissions that the account does not have, e.g. `ASSIGN_ISSUES`. */
  readonly denied?: readonly string[];
  /** An OAuth 2.0 app: its token is taken through the gateway, its secret signs dynamic webhooks. */
  readonly oauth?: { readonly token: string; readonly clientSecret: string };
}

/** A Jira Cloud site on 127.0.0.1. People act through it directly, the agent through REST. */
export interface JiraEmulator {
  readonly url: string;
  readonly cloudId: string;
  readonly account: Person;
  readonly state: JiraState;
  readonly requests: readonly RequestRecord[];
  /** How many changes came through REST and were applied, whatever their sender was told. */
  readonly writes: number;
  readonly deliveries: readonly WebhookRecord[];
  readonly faults: FaultPlan;
  /** Adds to the site silently. */
  seed(seed: JiraSeed): void;
  comments(issueKey: string): readonly Comment[];
  addComment(issueKey: string, author: string, text: string): Comment;
  /** A comment with formatting of its own, or for some people only. Throws for what a site would refuse. */
  addDocument(
    issueKey: string,
    author: string,
    given: { readonly document: unknown; readonly visibility?: unknown },
  ): Comment;
  editComment(commentId: string, author: string, text: string): Comment;
  deleteComment(commentId: string): void;
  createIssue(author: string, issue: IssueSeed): Issue;
  updateIssue(issueKey: string, author: string, patch: IssuePatch): void;
  /** To a status by its name. */
  transition(issueKey: string, author: string, status: string): void;
  assign(issueKey: string, author: string, assignee: string | null): void;
  deleteIssue(issueKey: string, author: string): void;
  logWork(issueKey: string, author: string, work: NewWorklog): Worklog;
  editWork(worklogId: string, author: string, seconds: number): Worklog;
  deleteWork(worklogId: string): void;
  label(issueKey: string, author: string, labels: readonly string[]): void;
  /** Says that work cannot go on, or that it can again. */
  flag(issueKey: string, author: string, flagged: boolean): void;
  /** `link('ECD-1', MIA, { type: 'Blocks', to: 'ECD-2' })`: ECD-1 blocks ECD-2. */
  link(
    issueKey: string,
    author: string,
    link: { readonly type: string; readonly to: string },
  ): void;
  unlink(linkId: string): void;
  /** Into a sprint, or to the backlog. */
  moveToSprint(issueKey: string, author: string, sprint: number | null): void;
  createSprint(boardId: number, name: string): Sprint;
  startSprint(id: number, startDate?: string): Sprint;
  closeSprint(id: number): Sprint;
  editSprint(id: number, patch: { readonly name?: string; readonly goal?: string }): Sprint;
  /** Webhooks that were registered over REST. */
  readonly hooks: Pick<HookRegistry, 'admin' | 'dynamic'>;
  /** Turns webhooks on or off, or elsewhere. */
  aimWebhook(target: WebhookTarget | undefined): void;
  pushWebhookFault(...faults: readonly WebhookFault[]): void;
  /** Signs and sends any bytes, as the next delivery. */
  deliverWebhook(event: string, body: Buffer): void;
  /** Resolves when no delivery and no late change is in flight. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

const CLOUD_ID = '11111111-2222-4333-8444-555555555555';

/** Starts a site. Throws when the port is taken, or the webhook's address is not on this machine. */
export async function startJiraEmulator(options: JiraEmulatorOptions): Promise<JiraEmulator> {
  const sender = webhookSender(JIRA_HABITS, options.faultSeed);
  sender.aim(options.webhook);
  const where = { url: '' };
  const counted = { writes: 0 };
  const account = options.account ?? agentAccount(options.email);
  const faults = faultPlan(options.faultSeed);
  const site = newSite(options, account, (event) => announce(event));
  const hooks = registryFor(options, site);
  const announce = (event: SiteEvent) => {
    const body = webhookBody({ url: where.url, version: 2, state: site.state }, event, site.now());
    sender.send(String(body['webhookEvent']), Buffer.from(JSON.stringify(body)));
    hooks.deliver(event, body);
  };
  const wrote = () => {
    counted.writes += 1;
  };
  const parts = { ...fixedParts(options), site, account, hooks, url: () => where.url, wrote };
  const server = await startEmulatorServer({
    port: options.port ?? 0,
    faults,
    handle: (request) =>
      request.path.startsWith('/_emulator/')
        ? handleControl(emulator, request)
        : handleJira(parts, request),
  });
  where.url = server.url;
  const emulator: JiraEmulator = {
    ...ofPeople(site),
    ...ofWork(site),
    ...ofWebhooks(sender, hooks),
    hooks,
    get deliveries() {
      return [...sender.log, ...hooks.deliveries];
    },
    url: server.url,
    cloudId: CLOUD_ID,
    account,
    state: site.state,
    requests: server.requests,
    faults,
    get writes() {
      return counted.writes;
    },
    seed: (seed) => applySeed(site.state, seed, site.now()),
    ...lifeOf(server, sender, hooks),
  };
  return emulator;
}

function fixedParts({ email, token, denied = [], oauth }: JiraEmulatorOptions) {
  return { email, token, denied, oauthToken: oauth?.token ?? null, cloudId: CLOUD_ID };
}

function lifeOf(server: EmulatorServer, sender: WebhookSender, hooks: HookRegistry) {
  return {
    idle: async () => {
      await server.settled();
      await Promise.all([sender.idle(), hooks.idle()]);
    },
    close: () => {
      sender.close();
      hooks.close();
      return server.close();
    },
  };
}

function agentAccount(emailAddress: string): Person {
  const displayName = 'PM Agent';
  return { accountId: '712020:pm-agent', displayName, timeZone: 'Europe/Berlin', emailAddress };
}

function newSite(
  { seed, now = () => new Date(), indexLagMs = 0 }: JiraEmulatorOptions,
  account: Person,
  announce: (event: SiteEvent) => void,
): JiraSite {
  const state: JiraState = {
    people: new Map(),
    projects: new Map(),
    boards: new Map(),
    sprints: new Map(),
    issues: new Map(),
    links: [],
    nextId: 10_100,
  };
  applySeed(state, seed ?? SMALL_TEAM, now());
  state.people.set(account.accountId, account);
  const index = issueIndex({ state, now, lagMs: indexLagMs });
  return jiraSite({ state, now, announce, index });
}

function registryFor(options: JiraEmulatorOptions, site: JiraSite): HookRegistry {
  const { webhook, faultSeed, oauth, account } = options;
  const { state, now } = site;
  return hookRegistry({
    now,
    faultSeed,
    clientSecret: oauth?.clientSecret ?? '',
    ...(webhook?.retryDelayMs === undefined ? {} : { retryDelayMs: webhook.retryDelayMs }),
    passes: (jql, event) => {
      const issue = 'issue' in event ? event.issue : undefined;
      // The filter is of issues: sprints come for the whole site, links are told by numbers.
      if (jql.trim() === '' || issue === undefined) return true;
      const caller = account?.accountId ?? '';
      return matchesJql(jql, { state, caller, now: now() }, issue);
    },
  });
}

function ofWebhooks(sender: WebhookSender, hooks: HookRegistry) {
  return {
    aimWebhook: (target: WebhookTarget | undefined) => sender.aim(target),
    pushWebhookFault: (...faults: readonly WebhookFault[]) => {
      sender.pushFault(...faults);
      hooks.pushFault(...faults);
    },
    deliverWebhook: (event: string, body: Buffer) => sender.send(event, body),
  };
}

function ofPeople(site: JiraSite) {
  const issue = (key: string) => mustBe(findIssue(site.state, key), key);
  const comment = (id: string) => mustBe(findComment(site.state, id), id);
  return {
    comments: (key: string) => issue(key).comments,
    addComment: (key: string, author: string, text: string) =>
      site.addComment(author, issue(key), { body: textToAdf(text) }),
    addDocument: (
      key: string,
      author: string,
      { document, ...rest }: { readonly document: unknown; readonly visibility?: unknown },
    ) => site.addComment(author, issue(key), { body: documentOf(document), ...rest }),
    editComment: (id: string, author: string, text: string) =>
      site.editComment(author, comment(id), textToAdf(text)),
    deleteComment: (id: string) => site.deleteComment(comment(id)),
    createIssue: (author: string, seed: IssueSeed) => site.createIssue(author, seed),
    updateIssue: (key: string, author: string, patch: IssuePatch) =>
      site.change(author, issue(key), patch),
    transition: (key: string, author: string, status: string) =>
      site.change(author, issue(key), { status: mustBe(statusNamed(status), status).id }),
    assign: (key: string, author: string, assignee: string | null) =>
      site.change(author, issue(key), { assignee }),
    deleteIssue: (key: string, author: string) => site.deleteIssue(author, issue(key)),
  };
}

function ofWork(site: JiraSite) {
  const issue = (key: string) => mustBe(findIssue(site.state, key), key);
  const sprint = (id: number) => mustBe(site.state.sprints.get(id), `sprint ${id}`);
  return {
    logWork: (key: string, actor: string, work: NewWorklog) =>
      addWorklog(site, { actor, issue: issue(key) }, work),
    editWork: (id: string, actor: string, seconds: number) =>
      editWorklog(site, { id, actor }, seconds),
    deleteWork: (id: string) => deleteWorklog(site, id),
    label: (key: string, author: string, labels: readonly string[]) =>
      site.change(author, issue(key), { labels }),
    flag: (key: string, author: string, flagged: boolean) =>
      site.change(author, issue(key), { flagged }),
    link: (key: string, actor: string, { type, to }: { type: string; to: string }) =>
      addLink(site, { actor, source: issue(key), destination: issue(to) }, type),
    unlink: (id: string) => {
      const link = site.state.links.find((one) => one.id === id);
      deleteLink(site, mustBe(link, `link ${id}`));
    },
    moveToSprint: (key: string, author: string, to: number | null) =>
      site.change(author, issue(key), { sprint: to === null ? null : sprint(to).id }),
    createSprint: (boardId: number, name: string) => addSprint(site, { boardId, name }),
    startSprint: (id: number, startDate?: string) =>
      changeSprint(site, sprint(id), {
        state: 'active',
        ...(startDate === undefined ? {} : { startDate }),
      }),
    closeSprint: (id: number) => changeSprint(site, sprint(id), { state: 'closed' }),
    editSprint: (id: number, patch: { readonly name?: string; readonly goal?: string }) =>
      changeSprint(site, sprint(id), patch),
  };
}

function documentOf(value: unknown): AdfDocument {
  if (isAdfDocument(value)) return value;
  throw new Error('This is no document that Jira would take.');
}

function mustBe<Value>(value: Value | undefined, name: string): Value {
  if (value === undefined) throw new Error(`There is no ${name} on this site.`);
  return value;
}

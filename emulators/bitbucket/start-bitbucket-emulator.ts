import type { RequestRecord } from '../http/emulator-server.ts';
import { startEmulatorServer } from '../http/emulator-server.ts';
import type { FaultPlan } from '../http/fault-plan.ts';
import { faultPlan } from '../http/fault-plan.ts';
import type { WebhookFault, WebhookTarget } from '../http/webhook-sender.ts';
import { bitbucketHandler } from './bitbucket-handler.ts';
import { AGENT, smallTeam } from './bitbucket-seed.ts';
import * as site from './bitbucket-site.ts';
import type {
  Account,
  BitbucketState,
  Comment,
  Commit,
  PullRequestData,
  Repository,
  Status,
} from './bitbucket-state.ts';
import type { BitbucketDelivery, HookSender } from './hook-sender.ts';
import { hookSender } from './hook-sender.ts';
import type { BuildWanted as NewBuild } from './set-build.ts';
import { setBuild } from './set-build.ts';
import { webhookBody } from './webhook-body.ts';

export interface BitbucketEmulatorOptions {
  /** With it the token is taken as Basic only (an API token), `null` for Bearer (an access token). */
  readonly email: string | null;
  readonly token: string;
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** `acme` unless told. */
  readonly workspace?: string;
  /** Whose token it is. */
  readonly account?: Account;
  readonly webhook?: WebhookTarget;
  readonly now?: () => Date;
  /** Decides which requests a fault with a probability strikes. */
  readonly faultSeed?: number;
  /** How far lists are behind; single objects are not. */
  readonly indexLagMs?: number;
  /** What the token may do, by the old names (`pullrequest:write`); without it, everything, and no answer tells. */
  readonly scopes?: readonly string[];
  readonly limits?: { readonly requestsPerHour?: number };
}

type BuildWanted = Omit<NewBuild, 'actor' | 'hash'> & {
  readonly actor?: string;
  /** The head of this branch is what was built. */
  readonly branch: string;
};

/**
 * Bitbucket Cloud on 127.0.0.1. People act through it directly, the agent through REST. Repositories are named by
 * slug, people by the uuid of their account.
 */
export interface BitbucketEmulator {
  /** Where the API is: ends in `/2.0`. */
  readonly url: string;
  readonly account: Account;
  readonly state: BitbucketState;
  readonly requests: readonly RequestRecord[];
  /** How many changes came through REST and were applied, whatever their sender was told. */
  readonly writes: number;
  readonly deliveries: readonly BitbucketDelivery[];
  readonly faults: FaultPlan;
  pullRequest(repo: string, id: number): PullRequestData;
  comments(repo: string, id: number): readonly Comment[];
  createPullRequest(repo: string, author: string, wanted: site.NewPullRequest): PullRequestData;
  updatePullRequest(on: On, patch: site.PullRequestPatch): void;
  approve(on: On): void;
  unapprove(on: On): void;
  requestChanges(on: On): void;
  withdrawRequest(on: On): void;
  merge(on: On): void;
  decline(on: On, reason?: string): void;
  addComment(on: On, text: string, place?: Omit<site.NewComment, 'raw'>): Comment;
  editComment(on: On, comment: number, text: string): void;
  deleteComment(on: On, comment: number): void;
  resolveComment(on: On, comment: number): void;
  reopenComment(on: On, comment: number): void;
  push(repo: string, wanted: site.PushWanted): Commit;
  deleteBranch(repo: string, wanted: site.PushWanted): void;
  setBuild(repo: string, wanted: BuildWanted): Status;
  /** Turns webhooks on or off, or elsewhere. Hooks that were registered over REST are sent to besides. */
  aimWebhook(target: WebhookTarget | undefined): void;
  pushWebhookFault(...faults: readonly WebhookFault[]): void;
  /** Signs and sends any bytes, as the next delivery. */
  deliverWebhook(event: string, body: Buffer): void;
  /** Resolves when no delivery and no late change is in flight. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/** Who acts on which pull request. */
interface On {
  readonly repo: string;
  readonly id: number;
  readonly by: string;
}

/** Starts a site. Throws when the port is taken, or the webhook's address is not on this machine. */
export async function startBitbucketEmulator(
  options: BitbucketEmulatorOptions,
): Promise<BitbucketEmulator> {
  const now = options.now ?? (() => new Date());
  const state = smallTeam(options.workspace ?? 'acme', now());
  const account = options.account ?? AGENT;
  state.accounts.set(account.uuid, account);
  const where = { url: '' };
  const counted = { writes: 0, wrote: () => (counted.writes += 1) };
  const sender = hookSender(() => state.hooks, options.faultSeed);
  sender.aim(options.webhook);
  const url = () => `${where.url}/2.0`;
  const announce = announcer({ state, sender, url });
  const parts: site.SiteParts = { state, now, announce };
  const faults = faultPlan(options.faultSeed);
  const handle = bitbucketHandler({
    ...{ parts, account, email: options.email, token: options.token },
    scopes: options.scopes ?? null,
    indexLagMs: options.indexLagMs ?? 0,
    requestsPerHour: options.limits?.requestsPerHour ?? Infinity,
    url: () => where.url,
    wrote: counted.wrote,
  });
  const server = await startEmulatorServer({ port: options.port ?? 0, faults, handle });
  where.url = server.url;
  return {
    ...ofPeople(parts),
    ...ofWebhooks(sender, state.workspace),
    url: `${server.url}/2.0`,
    account,
    state,
    requests: server.requests,
    faults,
    get writes() {
      return counted.writes;
    },
    get deliveries() {
      return sender.log;
    },
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
  readonly state: BitbucketState;
  readonly sender: HookSender;
  readonly url: () => string;
}

function announcer({ state, sender, url }: Announcing): site.SiteParts['announce'] {
  return (event) => {
    const body = webhookBody({ url: url(), state }, event);
    const where = `${state.workspace}/${event.repository.slug}`;
    sender.send({ name: event.name, where }, Buffer.from(JSON.stringify(body)));
  };
}

function ofWebhooks(sender: HookSender, where: string) {
  return {
    aimWebhook: (target: WebhookTarget | undefined) => sender.aim(target),
    pushWebhookFault: (...faults: readonly WebhookFault[]) => sender.pushFault(...faults),
    deliverWebhook: (name: string, body: Buffer) => sender.send({ name, where }, body),
  };
}

function ofPeople(parts: site.SiteParts) {
  const repository = (slug: string) => mustBe(parts.state.repositories.get(slug), slug);
  const acting = on(repository);
  const commentOn = (where: On, id: number) => {
    const comment = acting(where).pullRequest.data.comments.find((one) => one.id === id);
    return { ...acting(where), comment: mustBe(comment, String(id)) };
  };
  const change = (where: On, id: number, what: { act: site.CommentAct; raw?: string }) =>
    site.changeComment(parts, commentOn(where, id), what);
  return {
    pullRequest: (repo: string, id: number) => acting({ repo, id, by: '' }).pullRequest.data,
    comments: (repo: string, id: number) => acting({ repo, id, by: '' }).pullRequest.data.comments,
    createPullRequest: (repo: string, author: string, wanted: site.NewPullRequest) =>
      site.createPullRequest(parts, repository(repo), { ...wanted, author }).data,
    updatePullRequest: (where: On, patch: site.PullRequestPatch) =>
      site.updatePullRequest(parts, acting(where), patch),
    approve: (where: On) => site.review(parts, acting(where), 'approve'),
    unapprove: (where: On) => site.review(parts, acting(where), 'unapprove'),
    requestChanges: (where: On) => site.review(parts, acting(where), 'request-changes'),
    withdrawRequest: (where: On) => site.review(parts, acting(where), 'withdraw-request'),
    merge: (where: On) => site.closePullRequest(parts, acting(where), { state: 'MERGED' }),
    decline: (where: On, reason = '') =>
      site.closePullRequest(parts, acting(where), { state: 'DECLINED', reason }),
    addComment: (where: On, raw: string, place: Omit<site.NewComment, 'raw'> = {}) =>
      site.addComment(parts, acting(where), { ...place, raw }),
    editComment: (where: On, id: number, raw: string) => change(where, id, { act: 'updated', raw }),
    deleteComment: (where: On, id: number) => change(where, id, { act: 'deleted' }),
    resolveComment: (where: On, id: number) => change(where, id, { act: 'resolved' }),
    reopenComment: (where: On, id: number) => change(where, id, { act: 'reopened' }),
    push: (repo: string, wanted: site.PushWanted) => site.push(parts, repository(repo), wanted),
    deleteBranch: (repo: string, wanted: site.PushWanted) =>
      site.deleteBranch(parts, repository(repo), wanted),
    setBuild: (repo: string, { branch, actor, ...wanted }: BuildWanted) => {
      const { hash, author } = mustBe(repository(repo).branches.get(branch), branch);
      const more = { hash, refname: branch, actor: actor ?? author };
      return setBuild(parts, repository(repo), { ...wanted, ...more });
    },
  };
}

function on(repository: (slug: string) => Repository): (where: On) => site.Acting {
  return ({ repo, id, by }) => {
    const found = repository(repo).pullRequests.find(({ data }) => data.id === id);
    const pullRequest = mustBe(found, `${repo}#${id}`);
    return { repository: repository(repo), pullRequest, actor: by };
  };
}

function mustBe<Value>(value: Value | undefined, name: string): Value {
  if (value === undefined) throw new Error(`There is no ${name} on this site.`);
  return value;
}

import type { EmulatorReply } from '../http/emulator-server.ts';
import type { Params, Route } from '../http/router.ts';
import { BitbucketError, notFound } from './bitbucket-error.ts';
import type { View } from './bitbucket-shapes.ts';
import type { Acting, SiteParts } from './bitbucket-site.ts';
import { lagged } from './bitbucket-site.ts';
import type { Account, PullRequest, PullRequestData, Repository } from './bitbucket-state.ts';

/** One authenticated call of the REST API, as its route sees it. */
export interface BitbucketCall {
  readonly parts: SiteParts;
  readonly view: View;
  readonly account: Account;
  /** With its `/2.0`; for the addresses of next pages. */
  readonly path: string;
  readonly params: Params;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  readonly indexLagMs: number;
}

/** A route; `writes` marks those that change something, `scope` what a token needs for it. */
export type BitbucketRoute = Route<BitbucketCall> & {
  readonly writes?: boolean;
  readonly scope?: string;
};

/** A JSON answer. */
export function ok(json: unknown, status = 200): EmulatorReply {
  return { status, json };
}

/** The answer of a change that has nothing to say. */
export const NO_CONTENT: EmulatorReply = { status: 204 };

/** The repository that the path names, by slug or uuid. Throws a 404. */
export function repositoryOf({ view, params }: BitbucketCall): Repository {
  const { state } = view;
  checkWorkspace(view, params['workspace']);
  const name = params['repo'] ?? '';
  const found = [...state.repositories.values()].find(({ slug, uuid }) =>
    [slug, uuid].includes(name),
  );
  if (!found) throw notFound(`Repository ${params['workspace'] ?? ''}/${name}`);
  return found;
}

/** Throws a 404 for any workspace but ours. */
export function checkWorkspace({ state }: View, name: string | undefined): void {
  if (name === state.workspace) return;
  throw new BitbucketError(404, `No workspace with identifier '${name ?? ''}'.`);
}

/** The pull request that the path names, as it is now. Throws a 404. */
export function pullRequestOf(call: BitbucketCall): PullRequest {
  const { pullRequests } = repositoryOf(call);
  const found = pullRequests.find(({ data }) => String(data.id) === call.params['id']);
  if (!found) throw notFound('Pull request');
  return found;
}

/** The same, and that the account of the call acts on it. */
export function actingOn(call: BitbucketCall): Acting {
  const repository = repositoryOf(call);
  return { repository, pullRequest: pullRequestOf(call), actor: call.account.uuid };
}

/** The pull request as lists show it: they may lag. Throws a 404 while they do not show it at all. */
export function listedPullRequest(call: BitbucketCall): PullRequestData {
  const data = lagged(pullRequestOf(call), visibleUntil(call));
  if (!data) throw notFound('Pull request');
  return data;
}

/** What changed after this instant (epoch milliseconds) is not in lists yet. */
export function visibleUntil({ parts, indexLagMs }: BitbucketCall): number {
  return parts.now().getTime() - indexLagMs;
}

/** A page of values with the address of the next one. Throws a 400 for a bad page. */
export function page(call: BitbucketCall, values: readonly unknown[], most = 100): EmulatorReply {
  const pagelen = wholeNumber(call.query.get('pagelen') ?? '10', 'pagelen');
  if (pagelen > most) throw new BitbucketError(400, 'Invalid pagelen');
  const number = wholeNumber(call.query.get('page') ?? '1', 'page');
  const start = (number - 1) * pagelen;
  const query = new URLSearchParams(call.query);
  query.set('page', String(number + 1));
  const next = `${call.view.url}${call.path}?${query.toString()}`;
  return ok({
    values: values.slice(start, start + pagelen),
    pagelen,
    size: values.length,
    page: number,
    ...(start + pagelen < values.length ? { next } : {}),
  });
}

function wholeNumber(text: string, name: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new BitbucketError(400, `Invalid ${name}`);
}

/** A field of the body. Throws a 400 when it is not a text. */
export function textOf(body: unknown, field: string): string {
  const value = fieldOf(body, field);
  if (typeof value === 'string') return value;
  throw new BitbucketError(400, `${field}: required key not provided`);
}

/** A field of an object that came as JSON. */
export function fieldOf(body: unknown, field: string): unknown {
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, field)) return undefined;
  return Reflect.get(body, field);
}

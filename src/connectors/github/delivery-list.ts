import type { Call, DeliveryList, ListedDelivery, TakenMessage } from '../../domain/connector.ts';
import { Failure } from '../../domain/failure.ts';
import { instantOf } from '../../lib/instant.ts';
import { expectShape } from '../rest-shape.ts';
import type { GithubReader } from './client.ts';
import { ownerAndRepo, paramOf } from './client.ts';
import { Deliveries, FullDelivery, Hooks } from './rest.ts';
import type { GithubSettings } from './settings.ts';
import { requireRepo } from './settings.ts';

const EVERY_SECONDS = 600;
/** GitHub keeps deliveries for three days. */
const KEPT_MS = 3 * 24 * 3_600_000;
const PAGE_SIZE = 100;
/** 100,000 deliveries: a hook that makes more in three days is for a person to look at. */
const MOST_PAGES = 1_000;

/** Where a delivery stands; ids are numbers, so colons part them. */
const REF = /^([A-Za-z0-9_.-]+\/[A-Za-z0-9_.-]+):(\d{1,20}):(\d{1,20})$/;

/**
 * The deliveries that the hooks of the configured repositories have made, read only: GitHub never sends a second time by
 * itself (contracts/github.md section 1.2).
 */
export function githubDeliveries(
  settings: GithubSettings,
  reader: GithubReader,
  hookUrl: string,
): DeliveryList {
  return {
    everySeconds: EVERY_SECONDS,
    list: async (since, call) => {
      const lists = settings.repos.map((repo) => listOf(reader, { repo, hookUrl, since }, call));
      return (await Promise.all(lists)).flat();
    },
    open: (listed, call) => open(settings, reader, { listed, call }),
  };
}

interface Wanted {
  readonly repo: string;
  readonly hookUrl: string;
  readonly since: number;
}

async function listOf(reader: GithubReader, wanted: Wanted, call: Call): Promise<ListedDelivery[]> {
  const { repo, hookUrl } = wanted;
  const names = ownerAndRepo(repo);
  const hooks = await allHooks(reader, repo, call);
  const ours = hooks.filter((hook) => hook.config.url === hookUrl);
  const found: ListedDelivery[] = [];
  for (const hook of ours) {
    const path = '/repos/{owner}/{repo}/hooks/{hook_id}/deliveries';
    const read = (cursor: string | null): ReturnType<GithubReader['get']> => {
      const query = { ...names, hook_id: hook.id, per_page: PAGE_SIZE };
      return reader.get(path, cursor === null ? query : { ...query, cursor }, call);
    };
    found.push(...(await pagesOf(read, `${repo}:${hook.id}`, wanted.since)));
  }
  return found;
}

/** Every hook of a repository. Throws a `Failure`. */
export async function allHooks(
  reader: GithubReader,
  repo: string,
  call: Call,
): Promise<ReturnType<typeof Hooks.parse>> {
  const query = { ...ownerAndRepo(repo), per_page: PAGE_SIZE };
  const { data } = await reader.get('/repos/{owner}/{repo}/hooks', query, call);
  return expectShape(Hooks, data);
}

type ReadPage = (cursor: string | null) => ReturnType<GithubReader['get']>;

// Newest first, by a cursor that stands in `Link` alone.
async function pagesOf(read: ReadPage, hook: string, since: number): Promise<ListedDelivery[]> {
  const found: ListedDelivery[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const answer = await read(cursor);
    const floor = Math.max(since, (answer.now ?? since) - KEPT_MS);
    const rows = expectShape(Deliveries, answer.data).map((row) => ({
      id: row.guid,
      at: instantOf(row.delivered_at) ?? 0,
      ref: `${hook}:${row.id}`,
    }));
    found.push(...rows.filter((row) => row.at >= floor));
    const next: string | null = answer.next === null ? null : paramOf(answer.next, 'cursor');
    if (next === null || rows.some((row) => row.at < floor)) return found;
    if (next === cursor) throw new Failure('bad-answer', 'The list of deliveries does not end.');
    cursor = next;
  }
  throw new Failure('too-large', 'A hook has more deliveries than can be looked through.');
}

interface Opening {
  readonly listed: ListedDelivery;
  readonly call: Call;
}

async function open(
  settings: GithubSettings,
  reader: GithubReader,
  { listed, call }: Opening,
): Promise<TakenMessage> {
  const [, repo = '', hook = '', delivery = ''] = REF.exec(listed.ref) ?? [];
  requireRepo(repo, settings.repos);
  const { data } = await reader.get(
    '/repos/{owner}/{repo}/hooks/{hook_id}/deliveries/{delivery_id}',
    { ...ownerAndRepo(repo), hook_id: hook, delivery_id: delivery },
    call,
  );
  const { guid, event, request } = expectShape(FullDelivery, data);
  return {
    name: guid,
    headers: headersOf(request.headers ?? {}, event),
    body: Buffer.from(JSON.stringify(request.payload)),
  };
}

function headersOf(
  given: Readonly<Record<string, unknown>>,
  event: string | null,
): Record<string, readonly string[]> {
  const named: Record<string, readonly string[]> =
    event === null ? {} : { 'x-github-event': [event] };
  const pairs = Object.entries(given).flatMap(([name, value]): [string, readonly string[]][] =>
    typeof value === 'string' ? [[name.toLowerCase(), [value]]] : [],
  );
  // The body is JSON made anew, whatever the hook sent.
  return { ...named, ...Object.fromEntries(pairs), 'content-type': ['application/json'] };
}

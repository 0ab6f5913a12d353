import { existsSync } from 'node:fs';
import { isIP } from 'node:net';
import { stringify } from 'yaml';
import { replaceFile } from '../actions/directives/replace-file.ts';
import { loadAllowListSettings } from '../config.ts';
import { Failure } from '../domain/failure.ts';
import { allowedOf, readAllowedNetworks } from '../http/allowed-networks.ts';
import type { AllowedNetworksFile } from '../http/allowed-networks.ts';
import { EXIT } from './exit.ts';
import type { Given } from './given.ts';
import { publishedNetworks } from './published-networks.ts';
import type { Published } from './published-networks.ts';

/** Slack and Sentry publish no list that a program can follow. */
const BEGINNING: AllowedNetworksFile = { systems: { slack: 'any', sentry: 'any' }, also: [] };

const HEAD = `# Who may send webhooks (PM_AGENT_ALLOW_LIST=on), by system: networks, or "any" for a system that publishes none.
# A system that is not named here may not send. "also" are networks of ours. Written by: pm-agent allow-list update
`;

interface Change {
  readonly system: string;
  readonly networks: number;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Why the networks of before were kept. */
  readonly problem: string | null;
}

const without = (some: readonly string[], others: readonly string[]): string[] => {
  const known = new Set(others);
  return some.filter((one) => !known.has(one));
};

function changeOf(system: string, before: readonly string[], published: Published): Change {
  if (published instanceof Failure) {
    const { message } = published;
    return { system, networks: before.length, added: [], removed: [], problem: message };
  }
  return {
    system,
    networks: published.length,
    added: without(published, before),
    removed: without(before, published),
    problem: null,
  };
}

function linesOf(change: Change): string[] {
  const { system, networks, added, removed, problem } = change;
  const told =
    problem === null ? `+${added.length} -${removed.length}` : `kept as it was: ${problem}`;
  return [
    `${system}: ${networks} networks, ${told}`,
    ...added.map((network) => `  + ${network}`),
    ...removed.map((network) => `  - ${network}`),
  ];
}

/** Fetches the vendors' lists and puts them into the file; what could not be learned stays as it was. */
export async function updateAllowList({ out }: Given): Promise<number> {
  const { path, ...at } = loadAllowListSettings();
  // A fault in it stops here: nothing of it may be lost.
  const file = existsSync(path) ? readAllowedNetworks(path) : BEGINNING;
  const published = await publishedNetworks(at);
  const systems = { ...file.systems };
  const changes: Change[] = [];
  for (const [system, networks] of published) {
    const before = systems[system] ?? [];
    changes.push(changeOf(system, before === 'any' ? [] : before, networks));
    if (!(networks instanceof Failure)) systems[system] = [...networks];
  }
  const isChanged = changes.some(({ added, removed }) => added.length + removed.length > 0);
  if (isChanged) replaceFile(path, HEAD + stringify({ ...file, systems }));
  const lines = changes.flatMap(linesOf);
  out.result({ path, written: isChanged, changes }, [
    ...lines,
    isChanged ? `Written to ${path}.` : 'Nothing changed.',
  ]);
  return changes.every(({ problem }) => problem === null) ? EXIT.done : EXIT.problems;
}

/** Shows the file as the gateway reads it. */
export function showAllowList({ out }: Given): Promise<number> {
  const { path } = loadAllowListSettings();
  const { systems, also } = readAllowedNetworks(path);
  const lines = [...Object.entries(systems), ['also', also] as const].flatMap(([name, networks]) =>
    networks === 'any'
      ? [`${name}: from anywhere`]
      : [`${name}:`, ...networks.map((n) => `  ${n}`)],
  );
  out.result({ path, systems, also }, lines);
  return Promise.resolve(EXIT.done);
}

/** Says as which systems an address may send. */
export function checkAllowList({ out }: Given, address: string): Promise<number> {
  if (isIP(address) === 0) {
    throw new Failure('invalid-input', `${address} is no address.`, {
      fix: 'Give an IPv4 or IPv6 address, e.g. 203.0.113.7.',
    });
  }
  const file = readAllowedNetworks(loadAllowListSettings().path);
  const allowed = allowedOf(file);
  const answers = Object.keys(file.systems).map((system) => ({
    system,
    allowed: allowed.allows(system, address),
    from: file.systems[system] === 'any' ? 'anywhere' : 'its networks',
  }));
  out.result(
    { address, answers },
    answers.map((one) => `${one.system}: ${one.allowed ? 'may send' : 'refused'} (${one.from})`),
  );
  return Promise.resolve(answers.some((one) => one.allowed) ? EXIT.done : EXIT.problems);
}

import { readFileSync } from 'node:fs';
import { BlockList, isIP, isIPv4 } from 'node:net';
import { parse } from 'yaml';
import { z } from 'zod';
import { Failure } from '../domain/failure.ts';
import { every } from '../lib/every.ts';
import type { Logger } from '../lib/logger.ts';

// A range as wide as this is a slip of the pen: it would let in a good part of the world.
const WIDEST = { ipv4: 8, ipv6: 16 } as const;

/** Whether it is an address with its number of bits, e.g. `203.0.113.0/24`, of a size that says something. */
export function isNetwork(given: string): boolean {
  const [address = '', bits = '', ...rest] = given.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0 || !/^\d{1,3}$/.test(bits)) return false;
  const [least, most] = family === 4 ? [WIDEST.ipv4, 32] : [WIDEST.ipv6, 128];
  return Number(bits) >= least && Number(bits) <= most;
}

const Network = z.string().refine(isNetwork, 'is no network such as 203.0.113.0/24');
const Networks = z.array(Network).min(1).max(20_000);

/** The file of the networks that may send webhooks. */
export const AllowedNetworksFile = z.strictObject({
  /** By system: its networks, or `any` for one that publishes none. A system that is not named may not send. */
  systems: z.record(z.string(), z.union([z.literal('any'), Networks])),
  /** Networks of ours that may send as every system, e.g. to try it out. */
  also: z.array(Network).max(1_000).default([]),
});
export type AllowedNetworksFile = z.infer<typeof AllowedNetworksFile>;

/** Reads the file. Throws `invalid-settings` that names what does not fit; `not-configured` where there is none. */
export function readAllowedNetworks(path: string): AllowedNetworksFile {
  const text = textOf(path);
  const fix = 'Put it right, or write it anew: pm-agent allow-list update.';
  try {
    const parsed = AllowedNetworksFile.safeParse(parse(text));
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    const where = `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`;
    throw new Failure('invalid-settings', `${path} has a fault at ${where}.`, { fix });
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    throw new Failure('invalid-settings', `${path} is no YAML.`, { cause, fix });
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const fix = 'Write it: pm-agent allow-list update.';
    throw new Failure('not-configured', `${path} cannot be read.`, { cause, fix });
  }
}

/** Says who may send as which system. */
export interface Allowed {
  allows(system: string, address: string): boolean;
}

/** Makes the file quick to ask. */
export function allowedOf({ systems, also }: AllowedNetworksFile): Allowed {
  const ours = listOf(also);
  const lists = new Map(
    Object.entries(systems).map(([system, networks]) => [
      system,
      networks === 'any' ? networks : listOf(networks),
    ]),
  );
  return {
    allows: (system, address) => {
      if (isIP(address) === 0) return false;
      const list = lists.get(system);
      return list === 'any' || holds(ours, address) || (list !== undefined && holds(list, address));
    },
  };
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    list.addSubnet(address, Number(bits), isIPv4(address) ? 'ipv4' : 'ipv6');
  }
  return list;
}

// An IPv4 address that arrives in IPv6 clothes is found in the IPv4 ranges by the list itself.
const holds = (list: BlockList, address: string): boolean =>
  list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');

/** The list in force, which follows its file. */
export interface AllowList extends Allowed {
  /** Reads the file again; true when another list is in force now. Never throws. */
  renew(): boolean;
  stop(): Promise<void>;
}

const LOOK_MS = 30_000;

/**
 * Reads the file, and looks at it again twice a minute: a fault in it leaves the list of before in force. Throws like
 * `readAllowedNetworks` at the start.
 */
export function watchAllowedNetworks(path: string, log: Logger): AllowList {
  let file = readAllowedNetworks(path);
  let allowed = allowedOf(file);
  const renew = (): boolean => {
    try {
      const next = readAllowedNetworks(path);
      if (JSON.stringify(next) === JSON.stringify(file)) return false;
      file = next;
      allowed = allowedOf(next);
      log.info({ systems: Object.keys(next.systems) }, 'a new list of networks is in force');
      return true;
    } catch (error) {
      log.warn({ err: error }, 'the list of networks has a fault: the one before stays in force');
      return false;
    }
  };
  const looking = every(
    LOOK_MS,
    () => Promise.resolve(renew()),
    () => undefined,
  );
  looking.start();
  return {
    allows: (system, address) => allowed.allows(system, address),
    renew,
    stop: () => looking.stop(),
  };
}

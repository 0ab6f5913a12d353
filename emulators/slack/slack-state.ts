/** A person or a bot of the workspace. */
export interface SlackUser {
  readonly id: string;
  readonly name: string;
  readonly realName: string;
  readonly email: string | null;
  readonly zone: string | null;
  readonly title: string;
  readonly isBot: boolean;
  presence: 'active' | 'away';
}

export type ChannelKind = 'channel' | 'group' | 'im' | 'mpim';

/** A channel or a direct conversation. */
export interface SlackChannel {
  readonly id: string;
  readonly name: string;
  readonly kind: ChannelKind;
  readonly created: number;
  readonly creator: string;
  readonly topic: string;
  readonly members: Set<string>;
  isArchived: boolean;
}

/** How a message read from a moment on. */
export interface Version {
  /** When it was written, epoch milliseconds by the emulator's clock. */
  readonly at: number;
  readonly text: string;
  readonly blocks: readonly unknown[];
  readonly metadata: unknown;
  /** Who edited it and the `ts` of that; `null` for the first version. */
  readonly edited: { readonly user: string; readonly ts: string } | null;
}

/** A message with all its versions. */
export interface SlackMessage {
  readonly ts: string;
  readonly channel: string;
  readonly user: string;
  readonly botId: string | null;
  readonly thread: string | null;
  readonly subtype: string | null;
  readonly versions: Version[];
  readonly reactions: Map<string, string[]>;
  /** Seen by this user alone, and in no history. */
  readonly onlyFor: string | null;
  deletedAt: number | null;
}

/** What a token may do, and whose it is. */
export interface SlackToken {
  readonly kind: 'bot' | 'user' | 'app';
  readonly user: string;
  readonly scopes: ReadonlySet<string>;
}

/** A form that somebody has before them. */
export interface OpenView {
  readonly user: string;
  readonly view: Readonly<Record<string, unknown>> & { readonly id: string };
}

/** Whose press it was, and when, epoch milliseconds. */
interface Trigger {
  readonly user: string;
  readonly at: number;
  used: boolean;
}

/** A workspace as the emulator holds it. */
export interface SlackState {
  readonly team: { readonly id: string; readonly name: string; readonly domain: string };
  readonly app: string;
  readonly bot: { readonly user: string; readonly id: string };
  readonly users: Map<string, SlackUser>;
  readonly channels: Map<string, SlackChannel>;
  readonly messages: SlackMessage[];
  readonly tokens: Map<string, SlackToken>;
  /** Forms that stand open. */
  readonly views: OpenView[];
  /** What opens a form, issued by a press: good for three seconds and once. */
  readonly triggers: Map<string, Trigger>;
  lastTs: string;
  nextId: number;
}

/** The next `ts`: later than any before, also where the clock stands still. */
export function nextTs(state: SlackState, now: Date): string {
  const millis = now.getTime();
  const clock = BigInt(millis) * 1000n;
  const [seconds = '0', micros = '0'] = state.lastTs.split('.');
  const last = BigInt(seconds) * 1_000_000n + BigInt(micros);
  const next = clock > last ? clock : last + 1n;
  state.lastTs = `${next / 1_000_000n}.${String(next % 1_000_000n).padStart(6, '0')}`;
  return state.lastTs;
}

/** A new id that begins with a letter, such as `C` or `Ev`. */
export function nextId(state: SlackState, prefix: string): string {
  state.nextId += 1;
  return `${prefix}0${state.nextId.toString(36).toUpperCase().padStart(8, '0')}`;
}

/** Compares two `ts`. */
export function byTs(a: { readonly ts: string }, b: { readonly ts: string }): number {
  const left = a.ts.padStart(20, '0');
  const right = b.ts.padStart(20, '0');
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** The version that can be seen at a moment, `null` before the first and after the end. */
export function versionAt(message: SlackMessage, at: number): Version | null {
  if (message.deletedAt !== null && message.deletedAt <= at) return null;
  return message.versions.findLast((version) => version.at <= at) ?? null;
}

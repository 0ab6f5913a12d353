import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Approval } from '../domain/approval.ts';
import { Failure } from '../domain/failure.ts';
import {
  ApprovalDetail,
  Approvals,
  DecisionMade,
  GrantRevoked,
  Grants,
} from '../http/contract-approvals.ts';
import { apiClient } from './client.ts';
import { EXIT } from './exit.ts';
import type { Given } from './given.ts';
import { safe, table } from './output.ts';

export interface DecideOptions {
  readonly as?: string;
  readonly allowFor?: string;
  readonly everywhere?: boolean;
  readonly reason?: string;
}

export interface EditOptions extends DecideOptions {
  readonly set: readonly string[];
  readonly input?: string;
}

const minute = (at: string): string => `${at.slice(0, 16).replace('T', ' ')}Z`;

// Two lines each: the id alone takes half of the eighty columns, and is what people copy.
function listed(approval: Approval): string[] {
  const { id, operation, subject, state, expiresAt, level } = approval;
  const until = state === 'open' ? `until ${minute(expiresAt)}` : ending(approval);
  const item = subject.split(':').slice(2).join(':');
  return [`${id}  ${until}`, ...table([['', `${level}: ${operation} on ${item}`]], 80)];
}

function ending({ state, decidedBy }: Approval): string {
  if (state === 'expired') return 'expired, not done';
  return decidedBy === null ? state : `${state} by ${safe(decidedBy)}`;
}

/** What waits for a person, or waited. */
export async function list(given: Given, options: { readonly state: string }): Promise<number> {
  const query = options.state === 'any' ? '' : `?state=${encodeURIComponent(options.state)}`;
  const page = await apiClient(given).get(`/api/approvals${query}`, Approvals);
  const lines = page.items.flatMap(listed);
  given.out.result(page, lines.length > 0 ? lines : ['Nothing waits for a person.']);
  given.out.say(`${page.items.length} of ${page.total} · next: pm-agent approve show <id>`);
  return EXIT.done;
}

/** Exactly what would be done, and why a person is asked. */
export async function show(given: Given, id: string): Promise<number> {
  const found = await detail(given, id);
  const votes = found.votes.map(({ name, via, at }) => `${name} (${via}, ${minute(at)})`);
  const rows = [
    ['state', found.state === 'open' ? 'open' : ending(found)],
    ['subject', found.subject],
    ['why', found.reason],
    ['rule', found.rule],
    ['asked', minute(found.askedAt)],
    ['until', `${minute(found.expiresAt)}, then it is not done`],
    ...(found.needed > 1 ? [['people', `${found.needed} have to agree`]] : []),
    ...(votes.length > 0 ? [['agreed', votes.join(', ')]] : []),
    ...(found.note === null ? [] : [['note', found.note]]),
    ...(found.effectUrl === null ? [] : [['see', found.effectUrl]]),
  ];
  const exact = ['', 'Exactly this would be done:', ...found.preview.split('\n')];
  given.out.result(found, [...table(rows), ...exact]);
  const isOpen = found.state === 'open';
  given.out.say(isOpen ? `next: pm-agent approve accept ${id}` : 'next: pm-agent approve list');
  return EXIT.done;
}

/** Yes, exactly this. */
export async function accept(given: Given, id: string, options: DecideOptions): Promise<number> {
  const { allowFor, everywhere } = options;
  if (everywhere === true && allowFor === undefined) {
    throw new Failure('invalid-input', '--everywhere needs --allow-for.');
  }
  const grant = allowFor === undefined ? {} : { allowFor: minutesOf(allowFor) };
  const wide = everywhere === true ? { allowEverywhere: true } : {};
  return await decided(given, id, { answer: 'accept', ...grant, ...wide, ...spokenFor(options) });
}

/** Yes, with other words. */
export async function edit(given: Given, id: string, options: EditOptions): Promise<number> {
  if (options.input === undefined && options.set.length === 0) {
    const fix = 'Give --set field=value, or --input <file> with the whole input as JSON.';
    throw new Failure('invalid-input', 'There is nothing to edit.', { fix });
  }
  const before = options.input === undefined ? (await detail(given, id)).input : {};
  const whole = options.input === undefined ? before : readInput(options.input);
  const input = { ...whole, ...Object.fromEntries(options.set.map(fieldOf)) };
  return await decided(given, id, { answer: 'edit', input, ...spokenFor(options) });
}

/** No, and why. */
export async function decline(given: Given, id: string, options: DecideOptions): Promise<number> {
  const note = options.reason ?? '';
  return await decided(given, id, { answer: 'decline', note, ...spokenFor(options) });
}

/** What is allowed for a while. */
export async function showGrants(given: Given): Promise<number> {
  const grants = await apiClient(given).get('/api/grants', Grants);
  const lines = grants.items.flatMap((one) => {
    const state = one.revokedAt === null ? 'over' : 'revoked';
    const until = one.active ? `until ${minute(one.until)}` : state;
    const where = one.subject ?? 'every item';
    const what = `${one.operation} on ${where}, by ${one.by}`;
    return [`${one.id}  ${until}`, ...table([['', what]], 80)];
  });
  given.out.result(grants, lines.length > 0 ? lines : ['Nothing is allowed without a question.']);
  given.out.say('next: pm-agent approve revoke <id>');
  return EXIT.done;
}

/** Asks again from now on. */
export async function revoke(given: Given, id: string): Promise<number> {
  const path = `/api/grants/${encodeURIComponent(id)}`;
  const done = await apiClient(given).delete(path, GrantRevoked);
  given.out.result({ ok: true, ...done }, [`The grant ${id} is over.`]);
  given.out.say('next: pm-agent approve grants');
  return EXIT.done;
}

async function detail(given: Given, id: string): Promise<ApprovalDetail> {
  return await apiClient(given).get(`/api/approvals/${encodeURIComponent(id)}`, ApprovalDetail);
}

const SAID = {
  accepted: 'Approved. It is done as soon as its target was looked at once more.',
  declined: 'Declined. The agent reads the reason.',
  'waiting-for-second': 'Counted. A second person has to agree.',
} as const;

async function decided(given: Given, id: string, body: object): Promise<number> {
  const path = `/api/approvals/${encodeURIComponent(id)}/decision`;
  const made = await apiClient(given).post(path, { ...body, via: 'cli' }, DecisionMade);
  given.out.result({ ok: true, ...made }, [SAID[made.decision]]);
  given.out.say(`next: pm-agent approve show ${made.approval.id}`);
  return EXIT.done;
}

function spokenFor({ as }: DecideOptions): { as?: string } {
  return as === undefined ? {} : { as };
}

const TIME = /^(?<count>\d{1,3})(?<unit>[mh])$/;

function minutesOf(time: string): number {
  const groups = TIME.exec(time)?.groups;
  const minutes = Number(groups?.['count']) * (groups?.['unit'] === 'h' ? 60 : 1);
  if (minutes >= 60 && minutes <= 480) return minutes;
  const fix = 'Give 1h to 8h, or minutes such as 90m.';
  throw new Failure('invalid-input', `--allow-for ${time} does not fit.`, { fix });
}

function fieldOf(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new Failure('invalid-input', `--set ${text} is not field=value.`);
}

const Input = z.record(z.string(), z.unknown());

function readInput(file: string): Record<string, unknown> {
  try {
    return Input.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    const fix = 'Give a file with one JSON object.';
    throw new Failure('invalid-input', `${file} cannot be read as JSON.`, { cause, fix });
  }
}

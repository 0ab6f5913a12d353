import { z } from 'zod';
import type {
  Effect,
  Operation,
  OwnEffect,
  WriteCall,
  WriteOperation,
} from '../../domain/connector.ts';
import { defineWrite } from '../../domain/connector.ts';
import { Failure } from '../../domain/failure.ts';
import { titleOf } from '../../lib/clean-text.ts';
import { instantOf } from '../../lib/instant.ts';
import { plainMarkdown } from '../plain-markdown.ts';
import { expectShape } from '../rest-shape.ts';
import type { SentryWriter } from './client.ts';
import { whoami } from './identity.ts';
import { IssueId } from './issue-id.ts';
import { markerIn, withMarker, withoutMarkers } from './marker.ts';
import { Made, Notes } from './rest.ts';
import type { Activity } from './rest.ts';
import { issueUrl } from './settings.ts';
import type { SentrySite } from './site.ts';
import { issuePath } from './site.ts';

const PAGES = 10;
const PAGE_SIZE = 100;

const Input = z.object({
  issue: IssueId,
  text: z
    .string()
    .min(1)
    .max(4_000)
    .refine((text) => withoutMarkers(text).trim() !== '', 'nothing would be seen'),
});
type Input = z.infer<typeof Input>;

/** What writing takes; absent in simulation. */
export interface WriteAccess {
  readonly site: SentrySite;
  readonly writer: SentryWriter;
}

/** `sentry.add-comment`: always declared, so that it can be judged; able to act only with write access. */
export function addComment(access: WriteAccess | null): Operation {
  const declared: WriteOperation<typeof Input> = {
    name: 'sentry.add-comment',
    summary: 'Add a comment in plain text to an error; nobody is notified by a name in it.',
    effect: 'write',
    input: Input,
    preview: ({ issue, text }) => `Comment on error #${issue}: ${titleOf(text).slice(0, 80)}`,
    target: ({ issue }) => `sentry:issue:${issue}`,
    reaches: () => ({ audience: 'item', system: 'sentry', id: null }),
    words: ({ text }) => text,
  };
  if (access === null) return defineWrite(declared);
  return defineWrite({
    ...declared,
    write: {
      run: (input, call) => send(access, input, call),
      find: (input, call) => find(access.site, input, call),
      ours: (input, since, call) => Array.fromAsync(ownNotes(access.site, { input, since }, call)),
    },
  });
}

async function send({ site, writer }: WriteAccess, input: Input, call: WriteCall): Promise<Effect> {
  const { issue, text } = input;
  // Only the issue itself tells to which project it belongs.
  const { permalink } = await site.issue(issue, call);
  const note = withMarker(plainMarkdown(withoutMarkers(text)), call.marker);
  const answer = await writer.addNote(issue, note, call);
  const { id } = expectShape(Made, answer);
  return { id, url: issueUrl(site.settings, issue, permalink) };
}

async function find(site: SentrySite, input: Input, call: WriteCall): Promise<Effect | null> {
  for await (const { id, url, marker } of ownNotes(site, { input, since: 0 }, call)) {
    if (marker === call.marker) return { id, url };
  }
  return null;
}

interface Wanted {
  readonly input: Input;
  /** Epoch milliseconds. */
  readonly since: number;
}

/** Our comments that bear a marker, newest first. */
async function* ownNotes(
  site: SentrySite,
  { input, since }: Wanted,
  call: WriteCall,
): AsyncGenerator<OwnEffect> {
  const { permalink } = await site.issue(input.issue, call);
  const own = (await whoami(site.reader, call)).user?.id;
  if (own === undefined) {
    throw new Failure(
      'unauthorized',
      'Sentry does not tell whose token it is: ours cannot be told.',
    );
  }
  const path = `${issuePath(site.reader, input.issue)}notes/`;
  let cursor: string | null = null;
  for (let page = 0; page < PAGES; page += 1) {
    const query = { per_page: PAGE_SIZE, ...(cursor === null ? {} : { cursor }) };
    const answer = await site.reader.page(path, query, call);
    const notes = expectShape(Notes, answer.body);
    const fresh = notes.filter(({ dateCreated }) => (instantOf(dateCreated) ?? since) >= since);
    const url = issueUrl(site.settings, input.issue, permalink);
    yield* fresh.flatMap((note) => markedBy(own, note).map((one) => ({ ...one, url })));
    if (answer.next === null || fresh.length < notes.length) return;
    cursor = answer.next;
  }
  // "Not there" would allow a second comment; so many comments are for a person to look at.
  throw new Failure('too-large', 'The error has too many comments to look for one of ours.');
}

function markedBy(
  own: string,
  { id, user, data, dateCreated }: Activity,
): Omit<OwnEffect, 'url'>[] {
  const marker = markerIn(data?.text ?? '');
  if (marker === null || user?.id !== own) return [];
  return [{ id, marker, at: instantOf(dateCreated) }];
}

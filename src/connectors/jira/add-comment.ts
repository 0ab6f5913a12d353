import { z } from 'zod';
import type { Effect, Operation, WriteCall, WriteOperation } from '../../domain/connector.ts';
import { defineWrite } from '../../domain/connector.ts';
import { Failure } from '../../domain/failure.ts';
import type { JiraReader, JiraWriter } from './client.ts';
import { IssueKey, requireWatched } from './issue-key.ts';
import { expectShape } from '../rest-shape.ts';
import { CommentPage, Made } from './rest.ts';
import type { JiraSettings } from './settings.ts';
import { browseUrl } from './settings.ts';
import { titleOf } from '../../lib/clean-text.ts';
import { plainText, textToAdf } from './text-to-adf.ts';

const PAGES = 5;
const PAGE_SIZE = 100;

/** The comment property that tells our own comments and finds them again after a crash. */
const MARKER_PROPERTY = 'pm-agent.action';

const Input = z.object({
  issue: IssueKey,
  text: z
    .string()
    .min(1)
    .max(4_000)
    .refine((text) => plainText(text).trim() !== '', 'nothing would be seen'),
});

/** What writing takes; absent in simulation. */
export interface WriteAccess {
  readonly reader: JiraReader;
  readonly writer: JiraWriter;
}

/** `jira.add-comment`: always declared, so that it can be judged; able to act only with write access. */
export function addComment(settings: JiraSettings, access: WriteAccess | null): Operation {
  const declared: WriteOperation<typeof Input> = {
    name: 'jira.add-comment',
    summary: 'Add a comment in plain text to an issue. Markdown and links are not rendered.',
    effect: 'write',
    input: Input,
    preview: ({ issue, text }) => `Comment on ${issue}: ${titleOf(text).slice(0, 80)}`,
    target: ({ issue }) => `jira:issue:${issue}`,
  };
  if (access === null) return defineWrite(declared);
  return defineWrite({
    ...declared,
    write: {
      run: (input, call) => send(settings, access.writer, { input, call }),
      find: (input, call) => find(settings, access.reader, { input, call }),
    },
  });
}

interface Use {
  readonly input: z.infer<typeof Input>;
  readonly call: WriteCall;
}

async function send(settings: JiraSettings, writer: JiraWriter, use: Use): Promise<Effect> {
  const { issue, text } = use.input;
  requireWatched(issue, settings.projects);
  const properties = [{ key: MARKER_PROPERTY, value: { id: use.call.marker } }];
  const answer = await writer.addComment(issue, { body: textToAdf(text), properties }, use.call);
  const { id } = expectShape(Made, answer);
  return { id, url: browseUrl(settings, issue, id) };
}

async function find(settings: JiraSettings, reader: JiraReader, use: Use): Promise<Effect | null> {
  const { issue } = use.input;
  requireWatched(issue, settings.projects);
  let startAt = 0;
  for (let page = 0; page < PAGES; page += 1) {
    const query = { orderBy: '-created', expand: 'properties', startAt, maxResults: PAGE_SIZE };
    const answer = await reader.get(`/rest/api/3/issue/${issue}/comment`, query, use.call);
    const { comments, seen, total } = expectShape(CommentPage, answer);
    const ours = comments.find(({ properties }) => {
      return properties.some((property) => isMarker(property, use.call.marker));
    });
    if (ours !== undefined) return { id: ours.id, url: browseUrl(settings, issue, ours.id) };
    startAt += seen;
    if (seen === 0 || startAt >= (total ?? Infinity)) return null;
  }
  // "Not there" would allow a second comment; so many comments since the first one are for a person to look at.
  throw new Failure('too-large', `${issue} has too many comments to look for one of ours.`);
}

function isMarker(property: { key: string; value?: unknown }, marker: string): boolean {
  const { key, value } = property;
  if (key !== MARKER_PROPERTY || typeof value !== 'object' || value === null) return false;
  return Object.hasOwn(value, 'id') && Reflect.get(value, 'id') === marker;
}

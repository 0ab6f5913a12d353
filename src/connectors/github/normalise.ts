import type { Headers, Normalised } from '../../domain/connector.ts';
import type { ProjectEvent } from '../../domain/event.ts';
import { cleanText } from '../../lib/clean-text.ts';
import { checkRunEvent, checkSuiteEvent, jobEvent, runEvent, statusEvent } from './build-event.ts';
import type { Found } from './event-draft.ts';
import { deploymentEvent, pushEvent, releaseEvent } from './other-events.ts';
import type { Repo } from './payload.ts';
import { Payload } from './payload.ts';
import {
  issueCommentPushed,
  issuePushed,
  pullPushed,
  reviewCommentPushed,
  reviewPushed,
  threadPushed,
} from './pushed-item.ts';

type Reader = (repo: Repo, payload: Payload) => Found;

const completed =
  (read: Reader): Reader =>
  (repo, payload) =>
    payload.action === 'completed' ? read(repo, payload) : notUsed(payload);

/**
 * What tells the events apart: the member that only they have, the most telling first. The header with the name is not
 * signed, so that the same signed body under another name could otherwise become another fact.
 */
const READERS: readonly (readonly [name: string, has: readonly string[], read: Reader])[] = [
  ['deployment_status', ['deployment_status'], deploymentEvent],
  ['workflow_job', ['workflow_job'], completed(jobEvent)],
  ['workflow_run', ['workflow_run'], completed(readRun)],
  ['check_run', ['check_run'], completed(checkRunEvent)],
  ['check_suite', ['check_suite'], completed(checkSuiteEvent)],
  ['pull_request_review', ['review', 'pull_request'], reviewPushed],
  ['pull_request_review_thread', ['thread', 'pull_request'], threadPushed],
  ['pull_request_review_comment', ['comment', 'pull_request'], reviewCommentPushed],
  ['issue_comment', ['comment', 'issue'], issueCommentPushed],
  ['pull_request', ['pull_request'], pullPushed],
  ['issues', ['issue'], issuePushed],
  ['release', ['release'], readRelease],
  ['push', ['ref', 'before', 'after', 'commits'], pushEvent],
  ['status', ['sha', 'state', 'context', 'branches'], statusEvent],
];

function notUsed({ action }: Payload): string {
  return `the action ${cleanText(action ?? 'without a name', 60)} is not used`;
}

function readRun(repo: Repo, payload: Payload): Found {
  return payload.workflow_run === null ? 'no run with an id' : runEvent(repo, payload.workflow_run);
}

function readRelease(repo: Repo, payload: Payload): Found {
  if (payload.action !== 'published') return notUsed(payload);
  return payload.release === null
    ? 'no release with an id and a tag'
    : releaseEvent(repo, payload.release);
}

/** Turns a webhook body of GitHub into its event, or says why there is none. Never throws. */
export function normaliseGithub(body: unknown, headers: Headers): Normalised {
  const found = readBody(body, headers);
  return typeof found === 'string' ? { events: [], reason: found } : { events: [found] };
}

function readBody(body: unknown, headers: Headers): ProjectEvent | string {
  if (body === null || body === undefined) return 'the body is empty';
  if (typeof body !== 'object' || Array.isArray(body)) return 'the body is not an object';
  if (Object.hasOwn(body, FORM)) return 'the hook sends a form: its content type must be json';
  const said = headers['x-github-event']?.[0];
  const entry = READERS.find(([, has]) => has.every((member) => isSet(body, member)));
  if (entry === undefined) return `${cleanText(said ?? 'this event', 60)} is not used`;
  const [name, , read] = entry;
  if (said !== undefined && said !== name) return `${cleanText(said, 60)} is not used`;
  const payload = Payload.safeParse(body);
  if (!payload.success) return 'the body has no known shape';
  const { repository } = payload.data;
  return repository === null
    ? 'no repository with an id and a name'
    : read(repository, payload.data);
}

function isSet(body: object, member: string): boolean {
  if (!Object.hasOwn(body, member)) return false;
  const value: unknown = Reflect.get(body, member);
  return value !== null && value !== undefined;
}

/** The member that stands for a form in the JSON that `unwrapForm` makes. */
const FORM = 'pm-agent.form';

/** A form becomes a note that it is one, so that the reason is seen instead of "not JSON". */
export function unwrapForm(body: Uint8Array, headers: Headers): Uint8Array {
  const type = headers['content-type']?.[0] ?? '';
  if (!type.toLowerCase().startsWith('application/x-www-form-urlencoded')) return body;
  return Buffer.from(JSON.stringify({ [FORM]: true }));
}

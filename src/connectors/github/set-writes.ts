import { z } from 'zod';
import type { Effect, Operation, WriteCall, WriteOperation } from '../../domain/connector.ts';
import { defineWrite } from '../../domain/connector.ts';
import { Failure } from '../../domain/failure.ts';
import { cleanText } from '../../lib/clean-text.ts';
import { expectShape } from '../rest-shape.ts';
import type { WriteAccess } from './add-comment.ts';
import { ownerAndRepo } from './client.ts';
import { ItemNumber, RepoName } from './payload.ts';
import { Assigned, Labelled, Requested } from './rest.ts';
import { requireRepo, siteLink } from './settings.ts';
import { latestReviews } from './lists.ts';

const Login = z
  .string()
  .max(100)
  .regex(/^[A-Za-z0-9][A-Za-z0-9-]*$/, 'not a login');
const Item = z.object({
  repo: RepoName,
  number: ItemNumber,
  kind: z.enum(['issue', 'pull-request']).default('issue'),
});
const LabelInput = Item.extend({ label: z.string().trim().min(1).max(50) });
const AssignInput = Item.extend({ assignee: Login });
const ReviewInput = Item.omit({ kind: true }).extend({ reviewer: Login });

interface Place {
  readonly repo: string;
  readonly number: number;
}

/** The changes that set something: what is there already can be read, so no marker is left. */
export function setWrites(access: WriteAccess | null): readonly Operation[] {
  return [addLabel(access), requestReview(access), assign(access)];
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

// Checked before anything is sent, reading included.
function guard(access: WriteAccess, { repo }: Place): void {
  requireRepo(repo, access.site.settings.repos);
}

function effectOf(access: WriteAccess, { repo, number }: Place, what: string): Effect {
  const url = siteLink(access.site.settings, `/${repo}/issues/${number}`);
  return { id: `${repo}#${number}:${what}`, url };
}

function addLabel(access: WriteAccess | null): Operation {
  const declared: WriteOperation<typeof LabelInput> = {
    name: 'github.add-label',
    summary: 'Add a label to an issue or a pull request. A label that does not exist is made.',
    effect: 'write',
    input: LabelInput,
    preview: ({ repo, number, label }) => `Label ${repo}#${number}: ${label.replace(/\s+/g, ' ')}`,
    target: ({ repo, number, kind }) => `github:${kind}:${repo}#${number}`,
  };
  if (access === null) return defineWrite(declared);
  const run = async (input: z.infer<typeof LabelInput>, call: WriteCall): Promise<Effect> => {
    guard(access, input);
    const { repo, number, label } = input;
    const params = { ...ownerAndRepo(repo), issue_number: number, labels: [label] };
    const route = 'POST /repos/{owner}/{repo}/issues/{issue_number}/labels';
    const labels = expectShape(Labelled, await access.writer.send(route, params, call));
    if (labels.some((one) => same(one, label))) return effectOf(access, input, label);
    throw new Failure('refused', `GitHub did not set the label on ${repo}#${number}.`);
  };
  const find = async (
    input: z.infer<typeof LabelInput>,
    call: WriteCall,
  ): Promise<Effect | null> => {
    guard(access, input);
    const { labels } = await access.site.issue(input.repo, input.number, call);
    const isThere = labels.some((one) => same(one, input.label));
    return isThere ? effectOf(access, input, input.label) : null;
  };
  return defineWrite({ ...declared, write: { run, find } });
}

function assign(access: WriteAccess | null): Operation {
  const declared: WriteOperation<typeof AssignInput> = {
    name: 'github.assign-issue',
    summary: 'Assign an issue or a pull request to somebody, by login; others stay assigned.',
    effect: 'write',
    input: AssignInput,
    preview: ({ repo, number, assignee }) => `Assign ${repo}#${number} to ${assignee}`,
    target: ({ repo, number, kind }) => `github:${kind}:${repo}#${number}`,
  };
  if (access === null) return defineWrite(declared);
  const run = async (input: z.infer<typeof AssignInput>, call: WriteCall): Promise<Effect> => {
    guard(access, input);
    const { repo, number, assignee } = input;
    const params = { ...ownerAndRepo(repo), issue_number: number, assignees: [assignee] };
    const route = 'POST /repos/{owner}/{repo}/issues/{issue_number}/assignees';
    const { assignees } = expectShape(Assigned, await access.writer.send(route, params, call));
    // Who cannot be assigned is left out without a word (contracts/github.md section 3).
    if (assignees.some(({ login }) => same(login, assignee)))
      return effectOf(access, input, assignee);
    throw new Failure('refused', `${cleanText(assignee, 100)} cannot be assigned in ${repo}.`);
  };
  const find = async (
    input: z.infer<typeof AssignInput>,
    call: WriteCall,
  ): Promise<Effect | null> => {
    guard(access, input);
    const { assignees } = await access.site.issue(input.repo, input.number, call);
    const isThere = assignees.some(({ login }) => same(login, input.assignee));
    return isThere ? effectOf(access, input, input.assignee) : null;
  };
  return defineWrite({ ...declared, write: { run, find } });
}

function requestReview(access: WriteAccess | null): Operation {
  const declared: WriteOperation<typeof ReviewInput> = {
    name: 'github.request-review',
    summary: 'Ask somebody, by login, to review a pull request.',
    effect: 'write',
    input: ReviewInput,
    preview: ({ repo, number, reviewer }) => `Ask ${reviewer} to review ${repo}#${number}`,
    target: ({ repo, number }) => `github:pull-request:${repo}#${number}`,
  };
  if (access === null) return defineWrite(declared);
  const run = async (input: z.infer<typeof ReviewInput>, call: WriteCall): Promise<Effect> => {
    guard(access, input);
    const { repo, number, reviewer } = input;
    const params = { ...ownerAndRepo(repo), pull_number: number, reviewers: [reviewer] };
    const route = 'POST /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers';
    const { requested_reviewers: asked } = expectShape(
      Requested,
      await access.writer.send(route, params, call),
    );
    if (asked.some(({ login }) => same(login, reviewer))) return effectOf(access, input, reviewer);
    throw new Failure('refused', `${cleanText(reviewer, 100)} cannot be asked in ${repo}.`);
  };
  const find = (input: z.infer<typeof ReviewInput>, call: WriteCall): Promise<Effect | null> =>
    findRequest(access, input, call);
  return defineWrite({ ...declared, write: { run, find } });
}

// Once the review is handed in the request is gone: a review of the head counts as the request having arrived.
async function findRequest(
  access: WriteAccess,
  input: z.infer<typeof ReviewInput>,
  call: WriteCall,
): Promise<Effect | null> {
  guard(access, input);
  const { repo, number, reviewer } = input;
  const pull = await access.site.pull(repo, number, call);
  const isAsked = pull.requested_reviewers.some(({ login }) => same(login, reviewer));
  if (isAsked) return effectOf(access, input, reviewer);
  const reviews = await latestReviews(access.site, { repo, number }, { limit: 100, call });
  const hasAnswered = reviews.some(
    ({ user, commit_id: commit }) =>
      user !== null && same(user.login, reviewer) && commit === pull.head.sha,
  );
  return hasAnswered ? effectOf(access, input, reviewer) : null;
}

import { z } from 'zod';
import type { Call, Operation } from '../../domain/connector.ts';
import { defineRead } from '../../domain/connector.ts';
import { expectShape } from '../rest-shape.ts';
import { IssueKey, requireWatched } from './issue-key.ts';
import { HistoryView, historyView } from './issue-view.ts';
import type { History, Transition } from './rest.ts';
import { ChangelogPage, Transitions } from './rest.ts';
import type { JiraSite } from './site.ts';
import { issueTarget } from './write-access.ts';

/** `jira.get-changelog`. */
export function getChangelog(site: JiraSite): Operation {
  return defineRead({
    name: 'jira.get-changelog',
    summary: 'Read the history of an issue: who changed which field when, newest first.',
    effect: 'read',
    input: z.object({ issue: IssueKey, limit: z.int().min(1).max(100).default(50) }),
    output: z.object({ changes: z.array(HistoryView), total: z.int() }),
    about: issueTarget,
    preview: ({ issue }) => `Read the history of ${issue}`,
    run: async ({ issue, limit }, call) => {
      requireWatched(issue, site.settings.projects);
      const { histories, total } = await newestChanges(site, { issue, limit }, call);
      return { changes: histories.map(historyView).toReversed(), total };
    },
  });
}

// Oldest first is the only order there is, so the end is looked for by its number.
async function newestChanges(
  site: JiraSite,
  { issue, limit }: { readonly issue: string; readonly limit: number },
  call: Call,
): Promise<{ histories: readonly History[]; total: number }> {
  const page = async (startAt: number): Promise<z.infer<typeof ChangelogPage>> => {
    const path = `/rest/api/3/issue/${issue}/changelog`;
    const answer = await site.reader.get(path, { startAt, maxResults: limit }, call);
    return expectShape(ChangelogPage, answer);
  };
  const first = await page(0);
  const total = first.total ?? first.seen;
  if (total <= limit) return { histories: first.histories, total };
  return { histories: (await page(total - limit)).histories, total };
}

const TransitionView = z.object({
  id: z.string(),
  name: z.string(),
  to: z.string().nullable(),
  toCategory: z.string().nullable(),
});

/** `jira.list-transitions`. */
export function listTransitions(site: JiraSite): Operation {
  return defineRead({
    name: 'jira.list-transitions',
    summary: 'List the transitions that an issue can take now, and the statuses they lead to.',
    effect: 'read',
    input: z.object({ issue: IssueKey }),
    output: z.object({ transitions: z.array(TransitionView) }),
    about: issueTarget,
    preview: ({ issue }) => `Read the transitions of ${issue}`,
    run: async ({ issue }, call) => {
      const transitions = await transitionsOf(site, issue, call);
      return {
        transitions: transitions.map(({ id, name, to }) => ({
          id,
          name,
          to: to?.name ?? null,
          toCategory: to?.statusCategory?.key ?? null,
        })),
      };
    },
  });
}

/** What may be done with an issue now; ids are of this issue's workflow only. Throws a `Failure`. */
export async function transitionsOf(
  site: JiraSite,
  issue: string,
  call: Call,
): Promise<readonly Transition[]> {
  requireWatched(issue, site.settings.projects);
  const answer = await site.reader.get(`/rest/api/3/issue/${issue}/transitions`, {}, call);
  return expectShape(Transitions, answer).transitions.filter(({ isAvailable }) => isAvailable);
}

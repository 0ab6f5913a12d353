import type { Issue, JiraState } from './jira-state.ts';

/** What a search finds: the issues as they were a while ago, because an index takes its time. */
export interface IssueIndex {
  /** To be told before an issue changes. */
  touch(issue: Issue): void;
  /** To be told after it changed, or was made. */
  note(issue: Issue): void;
  /** To be told before it is removed. */
  drop(issue: Issue): void;
  visible(): readonly Issue[];
}

interface IndexParts {
  readonly state: JiraState;
  readonly now: () => Date;
  /** After how long a change is found, by the clock of the site. */
  readonly lagMs: number;
}

interface Version {
  readonly at: number;
  readonly issue: Issue | null;
}

/** An index that lags; without a lag it is the state itself. */
export function issueIndex({ state, now, lagMs }: IndexParts): IssueIndex {
  const versions = new Map<string, Version[]>();
  const add = (id: string, issue: Issue | null, at = now().getTime()) => {
    if (lagMs === 0) return;
    versions.set(id, [...(versions.get(id) ?? []), { at, issue: structuredClone(issue) }]);
  };
  // What was seeded was there from the beginning.
  const touch = (issue: Issue) => {
    if (!versions.has(issue.id)) add(issue.id, issue, -Infinity);
  };
  return {
    touch,
    note: (issue) => add(issue.id, issue),
    drop: (issue) => {
      touch(issue);
      add(issue.id, null);
    },
    visible: () => {
      const before = now().getTime() - lagMs;
      const untouched = [...state.issues.values()].filter(({ id }) => !versions.has(id));
      const indexed = [...versions.values()].flatMap((list) => {
        return list.findLast(({ at }) => at <= before)?.issue ?? [];
      });
      return [...untouched, ...indexed];
    },
  };
}

import { adfToText } from './adf-document.ts';
import { JiraError } from './jira-error.ts';
import type { Issue, JiraState } from './jira-state.ts';
import { findIssue, STATUSES, statusNamed } from './jira-state.ts';

/** Who asks, and when: what a query may depend on besides the issues. */
export interface JqlContext {
  readonly state: JiraState;
  readonly caller: string;
  readonly now: Date;
  /** What is searched; every issue of the state unless given. */
  readonly issues?: readonly Issue[];
}

type Test = (issue: Issue) => boolean;

interface Reader {
  readonly tokens: readonly string[];
  readonly context: JqlContext;
  at: number;
}

const TOKEN =
  /\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\(|\)|,|!=|!~|>=|<=|=|~|>|<|[^\s()=!~<>,"']+)/y;

/**
 * The issues that a query of the small subset finds, in its order. Throws a 400 for a query without a restriction and for
 * all that this stand-in does not know: better no answer than a wrong one.
 */
export function searchJql(jql: string, context: JqlContext): Issue[] {
  const { test, order } = readJql(jql, context);
  return (context.issues ?? [...context.state.issues.values()]).filter(test).sort(order);
}

/** Whether a query finds an issue, be it on the site still or not. Throws as a search does. */
export function matchesJql(jql: string, context: JqlContext, issue: Issue): boolean {
  return readJql(jql, context).test(issue);
}

function readJql(jql: string, context: JqlContext): { test: Test; order: Order } {
  const reader: Reader = { tokens: tokensOf(jql), context, at: 0 };
  if (reader.tokens.length === 0 || isOrder(reader)) {
    throw new JiraError(
      400,
      'Unbounded JQL queries are not allowed here. Please add a search restriction to your query.',
    );
  }
  const test = readEither(reader);
  const order = readOrder(reader);
  if (reader.at < reader.tokens.length) throw unreadable(reader);
  return { test, order };
}

function tokensOf(jql: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  for (let found = TOKEN.exec(jql); found; found = TOKEN.exec(jql)) {
    tokens.push(found[1] ?? '');
    if (TOKEN.lastIndex >= jql.trimEnd().length) return tokens;
  }
  if (jql.trim() !== '') throw new JiraError(400, `Error in the JQL Query: '${jql}'.`);
  return tokens;
}

function peek(reader: Reader): string {
  return (reader.tokens[reader.at] ?? '').toLowerCase();
}

function take(reader: Reader): string {
  const token = reader.tokens[reader.at];
  if (token === undefined) throw unreadable(reader);
  reader.at += 1;
  return token;
}

function takeIf(reader: Reader, word: string): boolean {
  if (peek(reader) !== word) return false;
  reader.at += 1;
  return true;
}

function expect(reader: Reader, word: string): void {
  if (!takeIf(reader, word)) throw unreadable(reader);
}

function unreadable({ tokens, at }: Reader): JiraError {
  const near = tokens[at] ?? 'the end';
  return new JiraError(400, `Error in the JQL Query: cannot read it near '${near}'.`);
}

function isOrder(reader: Reader): boolean {
  return peek(reader) === 'order';
}

function readEither(reader: Reader): Test {
  let left = readBoth(reader);
  while (takeIf(reader, 'or')) {
    const [before, after] = [left, readBoth(reader)];
    left = (issue) => before(issue) || after(issue);
  }
  return left;
}

function readBoth(reader: Reader): Test {
  let left = readOne(reader);
  while (takeIf(reader, 'and')) {
    const [before, after] = [left, readOne(reader)];
    left = (issue) => before(issue) && after(issue);
  }
  return left;
}

function readOne(reader: Reader): Test {
  if (takeIf(reader, 'not')) {
    const test = readOne(reader);
    return (issue) => !test(issue);
  }
  if (!takeIf(reader, '(')) return readClause(reader);
  const test = readEither(reader);
  expect(reader, ')');
  return test;
}

function readClause(reader: Reader): Test {
  const field = unquoted(take(reader)).toLowerCase();
  const operator = readOperator(reader);
  if (field === 'updated' || field === 'created') return readTime(reader, field, operator);
  if (operator === '~') return readWords(reader, field);
  const valuesOf = VALUES[field];
  if (!valuesOf) throw noField(field);
  if (operator === 'is' || operator === 'is not') {
    if (!takeIf(reader, 'empty') && !takeIf(reader, 'null')) throw unreadable(reader);
    return (issue) => (valuesOf(issue, reader.context.state).length === 0) === (operator === 'is');
  }
  const wanted = readValues(reader, operator).map((value) => known(reader.context, field, value));
  const isNegated = operator === '!=' || operator === 'not in';
  return (issue) => {
    const values = valuesOf(issue, reader.context.state).map((value) => value.toLowerCase());
    // As in Jira, an issue without a value is found neither way.
    return values.length > 0 && values.some((value) => wanted.includes(value)) !== isNegated;
  };
}

type Operator = '=' | '!=' | '~' | 'in' | 'not in' | 'is' | 'is not' | '>=' | '<=' | '>' | '<';

function readOperator(reader: Reader): Operator {
  const word = take(reader).toLowerCase();
  if (word === 'not') {
    expect(reader, 'in');
    return 'not in';
  }
  if (word === 'is') return takeIf(reader, 'not') ? 'is not' : 'is';
  const found = (['=', '!=', '~', 'in', '>=', '<=', '>', '<'] as const).find((one) => one === word);
  if (found === undefined) throw unreadable(reader);
  return found;
}

function readValues(reader: Reader, operator: Operator): string[] {
  if (operator === '=' || operator === '!=') return [readValue(reader)];
  if (operator !== 'in' && operator !== 'not in') throw unreadable(reader);
  if (peek(reader) !== '(') return [readValue(reader)];
  expect(reader, '(');
  const values = [readValue(reader)];
  while (takeIf(reader, ',')) values.push(readValue(reader));
  expect(reader, ')');
  return values;
}

function readValue(reader: Reader): string {
  const token = take(reader);
  if (!/^[A-Za-z]+$/.test(token) || peek(reader) !== '(') return unquoted(token);
  expect(reader, '(');
  expect(reader, ')');
  return `${token.toLowerCase()}()`;
}

function unquoted(token: string): string {
  return /^["']/.test(token) ? token.slice(1, -1).replace(/\\(.)/g, '$1') : token;
}

function noField(field: string): JiraError {
  return new JiraError(
    400,
    `Field '${field}' does not exist or you do not have permission to view it.`,
  );
}

type ValuesOf = (issue: Issue, state: JiraState) => string[];

function some(...values: readonly (string | number | null | undefined)[]): string[] {
  return values.flatMap((value) => (value === null || value === undefined ? [] : [String(value)]));
}

const keysOf: ValuesOf = ({ id, key }) => [id, key];

const VALUES: Readonly<Record<string, ValuesOf>> = {
  project: ({ projectKey }, { projects }) => some(projectKey, projects.get(projectKey)?.name),
  key: keysOf,
  issuekey: keysOf,
  issue: keysOf,
  id: keysOf,
  status: ({ status }) => some(status, STATUSES.find(({ id }) => id === status)?.name),
  statuscategory: ({ status }) =>
    CATEGORY_NAMES[STATUSES.find(({ id }) => id === status)?.category ?? 'new'],
  assignee: ({ assignee }, { people }) =>
    assignee === null ? [] : some(assignee, people.get(assignee)?.displayName),
  reporter: ({ reporter }, { people }) => some(reporter, people.get(reporter)?.displayName),
  issuetype: ({ issueType }) => [issueType],
  priority: ({ priority }) => [priority],
  labels: ({ labels }) => [...labels],
  resolution: ({ resolved }) => (resolved ? ['Done'] : []),
  sprint: ({ sprint }, { sprints }) => {
    const open = sprint !== null && sprints.get(sprint)?.state === 'active';
    return [...some(sprint, sprints.get(sprint ?? -1)?.name), ...(open ? ['openSprints()'] : [])];
  },
};

const CATEGORY_NAMES = {
  new: ['To Do', 'new', '2'],
  indeterminate: ['In Progress', 'indeterminate', '4'],
  done: ['Done', '3'],
};

// Jira refuses values that do not exist instead of finding nothing.
function known({ state, caller }: JqlContext, field: string, value: string): string {
  const lower = value.toLowerCase();
  if (lower === 'currentuser()') return caller.toLowerCase();
  if (lower.endsWith('()') && lower !== 'opensprints()') {
    throw new JiraError(400, `Unable to find JQL function '${value}'.`);
  }
  const missing =
    (field === 'project' && !isProject(state, lower)) ||
    (['key', 'issuekey', 'issue', 'id'].includes(field) && !findIssue(state, value)) ||
    (field === 'status' && !statusNamed(value) && !STATUSES.some(({ id }) => id === value));
  if (missing)
    throw new JiraError(400, `The value '${value}' does not exist for the field '${field}'.`);
  return lower;
}

function isProject({ projects }: JiraState, value: string): boolean {
  return [...projects.values()].some((project) =>
    [project.id, project.key.toLowerCase(), project.name.toLowerCase()].includes(value),
  );
}

function readWords(reader: Reader, field: string): Test {
  const words = readValue(reader).toLowerCase().replace(/[*"]/g, '').split(/\s+/);
  const textOf = TEXTS[field];
  if (!textOf) throw noField(field);
  return (issue) => {
    const text = textOf(issue).toLowerCase();
    return words.every((word) => text.includes(word));
  };
}

const descriptionOf = ({ description }: Issue) => adfToText(description);
const commentsOf = ({ comments }: Issue) => comments.map(({ body }) => adfToText(body)).join('\n');

const TEXTS: Readonly<Record<string, (issue: Issue) => string>> = {
  summary: ({ summary }) => summary,
  description: descriptionOf,
  comment: commentsOf,
  text: (issue) => [issue.summary, descriptionOf(issue), commentsOf(issue)].join('\n'),
};

const MINUTE = 60_000;
const UNITS = { m: MINUTE, h: 60 * MINUTE, d: 1_440 * MINUTE, w: 10_080 * MINUTE } as const;

function readTime(reader: Reader, field: 'updated' | 'created', operator: Operator): Test {
  const value = readValue(reader);
  const found = /^(-?\d+)([mhdw])$/.exec(value);
  if (!found) throw new JiraError(400, `Date value '${value}' for field '${field}' is invalid.`);
  const unit = UNITS[found[2] as keyof typeof UNITS];
  const bound = wholeMinute(reader.context.now.getTime() + Number(found[1]) * unit);
  const compare = COMPARE[operator];
  if (!compare) throw unreadable(reader);
  return (issue) => compare(wholeMinute(issue[field].getTime()), bound);
}

// JQL knows no seconds: whoever polls must overlap.
function wholeMinute(ms: number): number {
  return Math.floor(ms / MINUTE) * MINUTE;
}

const COMPARE: Partial<Record<Operator, (left: number, right: number) => boolean>> = {
  '>=': (left, right) => left >= right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '<': (left, right) => left < right,
};

type Order = (left: Issue, right: Issue) => number;

const ORDERS: Readonly<Record<string, Order>> = {
  updated: (left, right) => left.updated.getTime() - right.updated.getTime(),
  created: (left, right) => left.created.getTime() - right.created.getTime(),
  key: (left, right) => Number(left.id) - Number(right.id),
  priority: (left, right) => left.priority.localeCompare(right.priority),
  duedate: (left, right) => (left.duedate ?? '9999').localeCompare(right.duedate ?? '9999'),
};

function readOrder(reader: Reader): Order {
  if (!takeIf(reader, 'order')) return (left, right) => Number(right.id) - Number(left.id);
  expect(reader, 'by');
  const orders = [readOrderField(reader)];
  while (takeIf(reader, ',')) orders.push(readOrderField(reader));
  return (left, right) => orders.map((order) => order(left, right)).find((sign) => sign !== 0) ?? 0;
}

function readOrderField(reader: Reader): Order {
  const field = unquoted(take(reader)).toLowerCase();
  const order = ORDERS[field];
  if (!order) throw noField(field);
  if (takeIf(reader, 'desc')) return (left, right) => order(right, left);
  takeIf(reader, 'asc');
  return order;
}

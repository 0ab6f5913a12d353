import { Failure } from '../../domain/failure.ts';

const ORDER_ITEM =
  /^(?:[A-Za-z][A-Za-z0-9_.]*|"[^"\\]{1,100}"|cf\[\d{1,10}\])(?: +(?:asc|desc))?$/i;
const ORDER_BY = /^order\s+by(?=[\s"]|$)/i;

/**
 * A query that cannot leave the watched projects, whatever it says. Throws `invalid-input` for one whose quotes or
 * parentheses do not match, because such a query could break out of the restriction around it.
 */
export function boundedJql(jql: string, projects: readonly string[]): string {
  if (jql.length > 4_000) throw unreadable('it is longer than 4,000 characters');
  const { clause, order } = splitOrder(jql.replace(/[\t\r\n]/g, ' '));
  const wanted = clause.trim() === '' ? '' : ` AND (${clause.trim()})`;
  return `${projectClause(projects)}${wanted} ORDER BY ${orderOf(order)}`;
}

/** The restriction to the watched projects; with none named, to every project there is. */
export function projectClause(projects: readonly string[]): string {
  if (projects.length === 0) return 'project is not EMPTY';
  return `project in (${projects.map(quoted).join(', ')})`;
}

function quoted(value: string): string {
  return `"${value.replace(/[\\"]/g, String.raw`\$&`)}"`;
}

function orderOf(order: string): string {
  if (order.trim() === '') return 'updated DESC';
  const items = order.split(',').map((item) => item.trim());
  if (items.length > 7 || !items.every((item) => ORDER_ITEM.test(item))) {
    throw unreadable('its ORDER BY is not a list of at most 7 fields');
  }
  return items.join(', ');
}

interface Split {
  readonly clause: string;
  readonly order: string;
}

// One walk over the text: what stands in quotes is skipped, parentheses are counted, ORDER BY ends the clause.
function splitOrder(jql: string): Split {
  let depth = 0;
  for (let at = 0; at < jql.length; at += 1) {
    const sign = jql.charAt(at);
    if (sign === '"' || sign === "'") at = endOfQuote(jql, at);
    depth += depthOf(sign);
    if (depth < 0) throw unreadable('a parenthesis closes that was never opened');
    // Outside quotes a backslash is read differently by different parsers.
    if (sign === '\\' || sign < ' ')
      throw unreadable('it has a backslash or control sign outside quotes');
    if (depth === 0 && isOrderAt(jql, at))
      return { clause: jql.slice(0, at), order: afterOrder(jql, at) };
  }
  if (depth > 0) throw unreadable('a parenthesis is not closed');
  return { clause: jql, order: '' };
}

function depthOf(sign: string): number {
  if (sign === '(') return 1;
  return sign === ')' ? -1 : 0;
}

function endOfQuote(jql: string, start: number): number {
  const quote = jql.charAt(start);
  for (let at = start + 1; at < jql.length; at += 1) {
    if (jql.charAt(at) === '\\') at += 1;
    else if (jql.charAt(at) === quote) return at;
  }
  throw unreadable('a quote is not closed');
}

function isOrderAt(jql: string, at: number): boolean {
  const startsWord = at === 0 || /[\s)"']/.test(jql.charAt(at - 1));
  return startsWord && ORDER_BY.test(jql.slice(at, at + 40));
}

function afterOrder(jql: string, at: number): string {
  return jql.slice(at).replace(ORDER_BY, '');
}

function unreadable(why: string): Failure {
  return new Failure('invalid-input', `The JQL cannot be used: ${why}.`);
}

import { instantOf } from '../../lib/instant.ts';
import type { Link } from './payload.ts';
import type { History, RestIssue, RestLink } from './rest.ts';

const ITEMS_LIMIT = 100;

/**
 * The links that an entry of the history made, as webhooks name them: the entry tells when and by whom, the link on the
 * issue its id. A link that was removed since cannot be found.
 */
export function linksIn(issue: RestIssue, items: readonly unknown[]): readonly Link[] {
  return items.slice(0, ITEMS_LIMIT).flatMap((item) => {
    const to = linkedKey(item);
    if (to === null) return [];
    const candidates = issue.fields.issuelinks.filter((link) => otherEnd(link)?.key === to);
    const said = ownText(item, 'toString');
    const named = candidates.filter((link) => said.includes(wordOf(link)));
    const [link] = named.length > 0 ? named : candidates;
    return link === undefined ? [] : [pushedShape(issue, link)];
  });
}

/** When a link was made, as the history tells it; `null` where it does not. The last time counts. */
export function linkedSince(link: RestLink, histories: readonly History[]): number | null {
  const key = otherEnd(link)?.key;
  const made = histories.filter(({ items }) =>
    items
      .slice(0, ITEMS_LIMIT)
      .some((item) => linkedKey(item) === key && ownText(item, 'toString').includes(wordOf(link))),
  );
  const times = made.map(({ created }) => instantOf(created)).filter((at) => at !== null);
  return times.length === 0 ? null : Math.max(...times);
}

function linkedKey(item: unknown): string | null {
  const isLink = ownText(item, 'field') === 'Link' || ownText(item, 'fieldId') === 'issuelinks';
  const to = ownText(item, 'to');
  return isLink && to !== '' ? to : null;
}

// `toString` is a method of every object: only an own key counts.
function ownText(item: unknown, name: string): string {
  if (typeof item !== 'object' || item === null || !Object.hasOwn(item, name)) return '';
  const value: unknown = Reflect.get(item, name);
  return typeof value === 'string' ? value : '';
}

function otherEnd(link: RestLink): RestLink['outwardIssue'] {
  return link.outwardIssue ?? link.inwardIssue;
}

function wordOf({ type, outwardIssue }: RestLink): string {
  return (outwardIssue === null ? type?.inward : type?.outward) ?? type?.name ?? '';
}

// The issue that shows the other as outward is where the link starts.
function pushedShape(issue: RestIssue, link: RestLink): Link {
  const other = otherEnd(link)?.id ?? '';
  const [sourceIssueId, destinationIssueId] =
    link.outwardIssue === null ? [other, issue.id] : [issue.id, other];
  const issueLinkType = link.type === null ? null : { name: link.type.name };
  return { id: link.id, sourceIssueId, destinationIssueId, issueLinkType };
}

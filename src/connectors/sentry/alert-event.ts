import { instantOf } from '../../lib/instant.ts';
import { errorTitle } from './error-event.ts';
import type { Found } from './event-draft.ts';
import { eventOf, issueSubject } from './event-draft.ts';
import { alertKey, metricAlertKey } from './keys.ts';
import type { AlertEvent, Data, MetricAlert } from './payload.ts';
import { cleanText } from '../../lib/clean-text.ts';

const WORDS_LIMIT = 2_000;

/** The event of an alert rule that fired for an error: about the issue, as `error.created` is. */
export function alertTriggered(data: Data): Found {
  const { event } = data;
  if (event === null) return 'no event with an id';
  const issue = issueOf(event);
  if (issue === null) return 'no issue number';
  const at = instantOf(event.datetime);
  if (at === null) return 'no time';
  const rule = data.triggered_rule ?? '';
  const scope = projectOf(event);
  const by = rule === '' ? 'An alert' : `Alert "${cleanText(rule, 100)}"`;
  const title = errorTitle(event);
  return eventOf({
    subject: issueSubject(issue),
    scope,
    key: alertKey(issue, event.event_id, rule),
    kind: 'alert.triggered',
    actor: null,
    at,
    title: `${by} for error #${issue}${scope === null ? '' : ` in ${scope}`}: ${title === '' ? (event.message ?? '') : title}`,
    message: issueSubject(issue),
  });
}

// Captures of 2020 have the number in the address only.
function issueOf(event: AlertEvent): string | null {
  if (event.issue_id !== null) return event.issue_id;
  return /\/issues\/(\d{1,20})\/?$/.exec((event.issue_url ?? '').slice(0, 500))?.[1] ?? null;
}

// The event has the number of the project; its slug stands in the address that Sentry itself made.
function projectOf(event: AlertEvent): string | null {
  const address = (event.url ?? '').slice(0, 500);
  return /\/projects\/[^/]{1,100}\/([a-z0-9_-]{1,100})\/events\//.exec(address)?.[1] ?? null;
}

/** The event of a metric alert that changed its state. */
export function metricAlertEvent(data: Data, action: 'critical' | 'warning' | 'resolved'): Found {
  const alert = data.metric_alert;
  if (alert === null) return 'no metric alert with an id';
  const at = momentOf(alert, action);
  if (at === null) return 'no time';
  const words = cleanText(data.description_text ?? '', WORDS_LIMIT);
  const [only, ...others] = alert.projects;
  const name =
    data.description_title ?? `${action}: ${alert.alert_rule?.name ?? alert.title ?? ''}`;
  return eventOf({
    subject: `sentry:metric-alert:${alert.id}`,
    scope: only !== undefined && others.length === 0 ? only : null,
    key: metricAlertKey(alert.id, action, `${name}\n${words}\n${alert.date_closed ?? ''}`),
    kind: `metric-alert.${action}`,
    actor: null,
    at,
    title: `Metric alert ${name}`,
    text: words === '' ? null : words,
  });
}

function momentOf(alert: MetricAlert, action: string): number | null {
  const closed = action === 'resolved' ? instantOf(alert.date_closed) : null;
  return closed ?? instantOf(alert.date_detected) ?? instantOf(alert.date_started);
}

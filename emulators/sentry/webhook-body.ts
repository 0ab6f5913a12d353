import { AGENT, INTEGRATION } from './sentry-seed.ts';
import type { View } from './sentry-shapes.ts';
import { assigneeShape, issueShape, micros } from './sentry-shapes.ts';
import type { SiteEvent } from './sentry-site.ts';

/** The resource and action of an event, and the body that its webhook carries. */
export function webhookOf(view: View, event: SiteEvent): { name: string; body: object } {
  const { resource, action, data } = contentOf(view, event);
  const by = 'by' in event ? event.by : null;
  const body = {
    action,
    installation: { uuid: INTEGRATION.installation },
    data,
    actor: actorShape(view, by),
  };
  return { name: `${resource}.${action}`, body };
}

interface Content {
  readonly resource: string;
  readonly action: string;
  readonly data: object;
}

function contentOf(view: View, event: SiteEvent): Content {
  switch (event.kind) {
    case 'issue':
      return { resource: 'issue', action: event.action, data: issueData(view, event) };
    case 'comment':
      return { resource: 'comment', action: event.action, data: commentData(event) };
    case 'alert':
      return { resource: 'event_alert', action: 'triggered', data: alertData(view, event) };
    case 'metric-alert':
      return { resource: 'metric_alert', action: event.action, data: metricData(view, event) };
  }
}

// The deeds of every application are shown under the id of the one that gets the webhook.
function actorShape({ state }: View, by: string | null) {
  if (by === null) return { type: 'application', id: 'sentry', name: 'Sentry' };
  if (by === AGENT.id) return { type: 'application', id: INTEGRATION.uuid, name: AGENT.name };
  return { type: 'user', id: Number(by), name: state.people.get(by)?.name ?? '' };
}

type Of<Kind extends SiteEvent['kind']> = Extract<SiteEvent, { kind: Kind }>;

function issueData(view: View, { action, issue }: Of<'issue'>) {
  const { row } = issue;
  const assignee = assigneeShape(view, row.assignee);
  const later = row.statusDetails['inNextRelease'] === true;
  return {
    issue: issueShape(view, row),
    ...(action === 'resolved' ? { resolution_type: later ? 'in_next_release' : 'now' } : {}),
    ...(action === 'assigned' && assignee
      ? { assignee: { ...assignee, id: Number(assignee.id) } }
      : {}),
  };
}

function commentData({ issue, comment }: Of<'comment'>) {
  return {
    comment: comment.data['text'],
    project_slug: issue.row.project,
    comment_id: Number(comment.id),
    issue_id: Number(issue.row.id),
    timestamp: micros(comment.dateCreated),
  };
}

function alertData({ url, state }: View, { issue, occurrence, rule }: Of<'alert'>) {
  const { row } = issue;
  const base = `${url}/api/0`;
  const project = state.projects.get(row.project);
  return {
    event: {
      event_id: occurrence.id,
      issue_id: row.id,
      issue_url: `${base}/issues/${row.id}/`,
      url: `${base}/projects/${state.organization}/${row.project}/events/${occurrence.id}/`,
      web_url: `${url}/organizations/${state.organization}/issues/${row.id}/events/${occurrence.id}/`,
      title: row.title,
      message: '',
      level: row.level,
      platform: project?.platform,
      project: Number(project?.id),
      culprit: row.culprit,
      datetime: micros(occurrence.at),
      timestamp: occurrence.at.getTime() / 1000,
      release: occurrence.release,
      tags: [['level', row.level]],
      metadata: { type: row.type, value: row.value },
      fingerprint: ['{{ default }}'],
    },
    triggered_rule: rule,
  };
}

function metricData({ url, state }: View, event: Of<'metric-alert'>) {
  const { action, at } = event;
  const word = `${action[0]?.toUpperCase()}${action.slice(1)}`;
  return {
    metric_alert: {
      id: event.id,
      identifier: event.id,
      title: event.name,
      status: action === 'resolved' ? 2 : action === 'warning' ? 10 : 20,
      date_started: micros(at),
      date_detected: micros(at),
      date_created: micros(at),
      date_closed: action === 'resolved' ? micros(at) : null,
      projects: [event.project],
      alert_rule: { id: event.id, name: event.name, projects: [event.project] },
    },
    description_title: `${word}: ${event.name}`,
    description_text: event.text,
    web_url: `${url}/organizations/${state.organization}/alerts/${event.id}/`,
  };
}

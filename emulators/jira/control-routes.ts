import type { EmulatorReply, EmulatorRequest, RequestRecord } from '../http/emulator-server.ts';
import type { Fault, FaultPlan } from '../http/fault-plan.ts';
import type { JiraState } from './jira-state.ts';
import type { WebhookRecord } from '../http/webhook-sender.ts';

interface Controlled {
  readonly state: JiraState;
  readonly writes: number;
  readonly requests: readonly RequestRecord[];
  readonly deliveries: readonly WebhookRecord[];
  readonly faults: FaultPlan;
  addComment(issueKey: string, author: string, text: string): { readonly id: string };
}

/** The control API, for an emulator that runs as its own process: its state, its faults, a person's comment. */
export function handleControl(emulator: Controlled, request: EmulatorRequest): EmulatorReply {
  switch (`${request.method} ${request.path}`) {
    case 'GET /_emulator/state':
      return { status: 200, json: stateOf(emulator) };
    case 'POST /_emulator/faults':
      emulator.faults.push(...faultsIn(request));
      return { status: 200, json: { pending: emulator.faults.pending } };
    case 'DELETE /_emulator/faults':
      emulator.faults.clear();
      return { status: 200, json: { pending: 0 } };
    case 'POST /_emulator/comment': {
      const {
        issue = '',
        author = '',
        text = '',
      } = JSON.parse(String(request.body)) as CommentOrder;
      return { status: 200, json: { id: emulator.addComment(issue, author, text).id } };
    }
    default:
      return { status: 404, json: { error: 'no such control' } };
  }
}

interface CommentOrder {
  readonly issue?: string;
  readonly author?: string;
  readonly text?: string;
}

function stateOf({ state, writes, requests, deliveries }: Controlled) {
  const comments = [...state.issues.values()].map((issue) => [
    issue.key,
    issue.comments.map((comment) => ({
      ...comment,
      properties: Object.fromEntries(comment.properties),
    })),
  ]);
  return {
    writes,
    comments: Object.fromEntries(comments) as object,
    requests,
    deliveries: deliveries.map(({ id, event, attempts, outcome }) => ({
      id,
      event,
      attempts,
      outcome,
    })),
  };
}

type FaultOrder = Omit<Fault, 'match'> & { readonly match?: { method?: string; path?: string } };

// Over HTTP a pattern is written as text.
function faultsIn(request: EmulatorRequest): Fault[] {
  const orders = [JSON.parse(String(request.body)) as FaultOrder | FaultOrder[]].flat();
  return orders.map(({ match, ...fault }) => {
    const path = match?.path === undefined ? {} : { path: new RegExp(match.path) };
    const method = match?.method === undefined ? {} : { method: match.method };
    return { ...fault, match: { ...method, ...path } } as Fault;
  });
}

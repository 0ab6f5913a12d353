import { z } from 'zod';
import type { Connector, Headers } from '../domain/connector.ts';
import { parseBoundedJson } from '../lib/bounded-json.ts';
import type { KeptDelivery } from '../store/deliveries.ts';
import type { NewEvent } from '../store/events.ts';
import type { EventJudge } from './event-judge.ts';

/** What reading a delivery gave: events, or a reason for none; `quarantined` when it cannot be read at all. */
export interface Understood {
  readonly events: readonly NewEvent[];
  readonly note: string | null;
  readonly quarantined: boolean;
}

export interface Understanding {
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly judge: EventJudge;
  readonly now: number;
}

const KeptHeaders = z.record(z.string(), z.array(z.string()));

function headersOf(text: string): Headers {
  return KeptHeaders.parse(JSON.parse(text));
}

/** What is set aside, and why. */
export function unreadable(reason: string): Understood {
  return { events: [], note: reason, quarantined: true };
}

/** What an error is called; its message may say too much. */
export const errorName = (error: unknown): string =>
  error instanceof Error ? error.name : 'unknown';

/** Turns kept bytes into judged events. Never throws: what cannot be understood is set aside with its reason. */
export function understand(delivery: KeptDelivery, given: Understanding): Understood {
  const connector = given.connectors.get(delivery.source);
  const push = connector?.webhook ?? connector?.socket;
  if (connector === undefined || push === undefined) {
    return unreadable(`no connector for ${delivery.source}`);
  }
  const headers = headersOf(delivery.headers);
  const body = push.unwrap?.(delivery.body, headers) ?? delivery.body;
  const parsed = parseBoundedJson(body);
  if (!parsed.ok) return unreadable(parsed.reason);
  if (typeof parsed.value !== 'object' || parsed.value === null || Array.isArray(parsed.value)) {
    return unreadable('the body is not a JSON object');
  }
  try {
    const normalised = push.normalise(parsed.value, headers);
    const sighting = { way: delivery.way, delivery: delivery.id, keptAt: given.now };
    const events = given.judge(connector, normalised.events, sighting);
    return { events, note: normalised.reason ?? null, quarantined: false };
  } catch (error) {
    return unreadable(`reading it failed: ${errorName(error)}`);
  }
}

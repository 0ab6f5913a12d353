import { z } from 'zod';
import { apiClient } from './client.ts';
import { EXIT } from './exit.ts';
import type { Given } from './given.ts';

const Replayed = z.object({ events: z.array(z.string()), note: z.string().nullable() });

/** Handles a kept delivery again. */
export async function replay(given: Given, delivery: string): Promise<number> {
  const answer = await apiClient(given).post('/api/replay', { delivery }, Replayed);
  const lines = answer.events.map((key) => `Opened again: ${key}`);
  const none = `No event: ${answer.note ?? 'the delivery holds none'}.`;
  given.out.result({ ok: true, ...answer }, lines.length > 0 ? lines : [none]);
  given.out.say('next: pm-agent cycles list');
  return EXIT.done;
}

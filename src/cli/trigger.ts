import { z } from 'zod';
import { personSubject } from '../domain/own-subjects.ts';
import { apiClient } from './client.ts';
import { EXIT } from './exit.ts';
import type { Given } from './given.ts';

/**
 * `ECD-12` is short for the Jira issue, a full name or an e-mail address for the mailbox of a member of the team; anything
 * with colons is a subject already.
 */
export function subjectNamed(named: string): string {
  if (named.includes(':')) return named;
  const isPerson = /[@\s]/.test(named.trim());
  const mailbox = isPerson ? personSubject(`member:${named.trim().toLowerCase()}`) : null;
  return mailbox ?? `jira:issue:${named.toUpperCase()}`;
}

/** Asks the server for a cycle on a subject. */
export async function trigger(given: Given, named: string): Promise<number> {
  const subject = subjectNamed(named);
  const client = apiClient(given);
  const answer = await client.post(
    '/api/trigger-cycle',
    { subject },
    z.object({ event: z.string() }),
  );
  given.out.result({ ok: true, subject, ...answer }, [`A cycle on ${subject} was asked for.`]);
  given.out.say(`next: pm-agent cycles why ${named}`);
  return EXIT.done;
}

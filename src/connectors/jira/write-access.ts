import type { z } from 'zod';
import type { Reach } from '../../domain/action.ts';
import type { Effect, Operation, WriteOperation } from '../../domain/connector.ts';
import { defineWrite } from '../../domain/connector.ts';
import type { JiraWriter } from './client.ts';
import { browseUrl } from './settings.ts';
import type { JiraSite } from './site.ts';

/** What writing takes; absent in simulation. */
export interface WriteAccess {
  readonly site: JiraSite;
  readonly writer: JiraWriter;
}

type Hands<Input extends z.ZodType> = NonNullable<WriteOperation<Input>['write']>;

/** A change that is always declared, so that it can be judged, and able to act only with write access. */
export function writing<Input extends z.ZodType>(
  declared: Omit<WriteOperation<Input>, 'write'>,
  access: WriteAccess | null,
  hands: (access: WriteAccess) => Hands<Input>,
): Operation {
  if (access === null) return defineWrite<Input>(declared);
  return defineWrite<Input>({ ...declared, write: hands(access) });
}

/** The proof of a change that is seen on the issue itself. */
export function issueEffect({ site }: WriteAccess, issue: string): Effect {
  return { id: issue, url: browseUrl(site.settings, issue) };
}

/** Whom a comment reaches. */
export const ITEM_READERS: Reach = { audience: 'item', system: 'jira', id: null };

/** The subject of an operation on an issue. */
export function issueTarget({ issue }: { readonly issue: string }): string {
  return `jira:issue:${issue}`;
}

import type { Kysely } from 'kysely';
import { iso } from '../lib/clock.ts';
import type { Tables } from './tables.ts';

/** A text of the directives that was in force, and who brought it. */
export interface DirectiveVersion {
  readonly version: string;
  readonly author: string;
  readonly note: string | null;
  readonly appliedAt: string;
}

/** Keeps a text as the one in force from now on. */
export async function addDirectives(
  db: Kysely<Tables>,
  given: Omit<DirectiveVersion, 'appliedAt'> & { readonly text: string; readonly now: number },
): Promise<void> {
  const { now, ...row } = given;
  await db
    .insertInto('directive_versions')
    .values({ ...row, applied_at: now })
    .execute();
}

/** The last that came into force; undefined before the first. */
export async function latestDirectives(db: Kysely<Tables>): Promise<DirectiveVersion | undefined> {
  const [latest] = await listDirectives(db, 1);
  return latest;
}

/** Newest first. */
export async function listDirectives(
  db: Kysely<Tables>,
  limit: number,
): Promise<DirectiveVersion[]> {
  const rows = await db
    .selectFrom('directive_versions')
    .select(['version', 'author', 'note', 'applied_at'])
    .orderBy('seq', 'desc')
    .limit(limit)
    .execute();
  return rows.map(({ applied_at: at, ...row }) => ({ ...row, appliedAt: iso(at) }));
}

/** The text of a version, or undefined when it was never in force here. */
export async function directivesText(
  db: Kysely<Tables>,
  version: string,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('directive_versions')
    .select('text')
    .where('version', '=', version)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.text;
}

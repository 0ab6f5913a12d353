import type { CompiledQuery, Kysely, QueryResult } from 'kysely';
import type { Tables } from './tables.ts';

type Build = (db: Kysely<Tables>) => { compile(): CompiledQuery };

/**
 * A query of the hot path, built once per database instead of once per call: building costs more than running it. The
 * values that `build` binds are stand-ins; each call binds its own, in the order of the text.
 */
export function fixedQuery(build: Build) {
  const compiled = new WeakMap<object, CompiledQuery>();
  return async (
    db: Kysely<Tables>,
    parameters: readonly unknown[],
  ): Promise<QueryResult<unknown>> => {
    const { adapter } = db.getExecutor();
    let query = compiled.get(adapter);
    if (query === undefined) {
      query = build(db).compile();
      compiled.set(adapter, query);
    }
    if (query.parameters.length !== parameters.length) {
      throw new TypeError(`the query binds ${query.parameters.length} values`);
    }
    return await db.executeQuery({ ...query, parameters });
  };
}

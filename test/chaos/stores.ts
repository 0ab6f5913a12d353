import { postgresAnswers, temporaryDatabase } from '../helpers/postgres.ts';
import { redisMissing, startRedis } from '../helpers/redis.ts';
import { IS_SOAK } from './figures.ts';

/** Where a scenario of one program keeps what it knows: in a file, or in a database, with a queue and limits over Redis. */
export type StoreKind = 'single' | 'redis';

/** In the gate one is enough: what these scenarios count happens at the door and in the systems. */
export const STORES: readonly StoreKind[] =
  IS_SOAK && (await hasServers()) ? ['single', 'redis'] : ['single'];

/** Whether this machine has both; says loudly which is missing. */
export async function hasServers(): Promise<boolean> {
  const [database, missing] = await Promise.all([postgresAnswers(), redisMissing()]);
  return database && missing === null;
}

/** Settings for an empty store of that kind; what was started for it ends with the test. */
export async function storeSettings(kind: StoreKind): Promise<Readonly<Record<string, string>>> {
  if (kind === 'single') return {};
  const { url } = await startRedis();
  return { DATABASE_URL: await temporaryDatabase(), REDIS_URL: url };
}

import { existsSync } from 'node:fs';
import type { Config } from '../config.ts';
import { Failure } from '../domain/failure.ts';
import { systemClock } from '../lib/clock.ts';
import { migrationsOf } from '../store/migrate.ts';
import { openStore } from '../store/open.ts';
import type { Store } from '../store/open.ts';
import { storeFile } from '../store/store-file.ts';

/** Opens the store as it is: nothing is made where there is none, and nothing migrated. Throws `invalid-input`. */
export async function openThere({ databaseUrl }: Pick<Config, 'databaseUrl'>): Promise<Store> {
  const file = storeFile(databaseUrl);
  if (file !== null && !existsSync(file)) throw missing(file);
  const store = await openStore(databaseUrl, systemClock, 'as-found');
  try {
    if ((await migrationsOf(store.db)).length > 0) return store;
    throw missing(store.place);
  } catch (error) {
    await store.close();
    throw error;
  }
}

function missing(place: string): Failure {
  return new Failure('invalid-input', `there is no store at ${place}`, {
    fix: 'Set DATABASE_URL to the store that is meant, or run it in the folder of its data.',
  });
}

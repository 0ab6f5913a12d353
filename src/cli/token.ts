import { loadConfig } from '../config.ts';
import { Failure } from '../domain/failure.ts';
import { newId } from '../lib/ids.ts';
import { newToken, tokenHash } from '../lib/token.ts';
import { openStore } from '../store/open.ts';
import { addToken, revokeToken } from '../store/tokens.ts';
import { EXIT } from './exit.ts';
import type { Given } from './given.ts';

/** Makes a token in the store of this folder. It is shown once and never again. */
export async function createToken(
  given: Given,
  wanted: { readonly name: string; readonly role: string },
): Promise<number> {
  const store = await openStore(loadConfig().databaseUrl);
  const token = newToken();
  const id = newId();
  try {
    await store.write(async ({ db, journal }) => {
      await addToken(db, { id, ...wanted, hash: tokenHash(token), now: Date.now() });
      const data = { token: id, name: wanted.name, role: wanted.role };
      journal({ kind: 'token.created', subject: null, cycle: null, data });
    });
  } finally {
    await store.close();
  }
  given.out.say('This token is shown once. Keep it where secrets are kept.');
  given.out.result({ ok: true, id, ...wanted, token }, [token]);
  given.out.say('next: PM_AGENT_TOKEN=<token> pm-agent status');
  return EXIT.done;
}

/** Ends every live token of this id or name. */
export async function endToken(given: Given, named: string): Promise<number> {
  const store = await openStore(loadConfig().databaseUrl);
  try {
    const ended = await store.write(async ({ db, journal }) => {
      const count = await revokeToken(db, named, Date.now());
      const data = { named, count };
      if (count > 0) journal({ kind: 'token.revoked', subject: null, cycle: null, data });
      return count;
    });
    if (ended === 0) throw new Failure('not-found', `there is no live token ${named}`);
    given.out.result({ ok: true, revoked: ended }, [`Ended ${ended} token(s) named ${named}.`]);
    return EXIT.done;
  } finally {
    await store.close();
  }
}

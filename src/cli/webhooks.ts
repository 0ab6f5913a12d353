import { createHmac } from 'node:crypto';
import { registrarsOf } from '../app-registrars.ts';
import type { Registrar } from '../app-registrars.ts';
import { loadConfig } from '../config.ts';
import { Failure } from '../domain/failure.ts';
import type { HookRow, Registration } from '../domain/registration.ts';
import { newToken } from '../lib/token.ts';
import { EXIT } from './exit.ts';
import type { Given } from './given.ts';
import { table } from './output.ts';

export interface WebhookOptions {
  readonly service: string;
  readonly url?: string;
}

const DEADLINE_MS = 60_000;

const call = () => ({ signal: AbortSignal.timeout(DEADLINE_MS) });

/** The service that was named, or all that the settings speak of. Throws `invalid-input` for an unknown one. */
function chosen(service: string): readonly Registrar[] {
  const all = registrarsOf(loadConfig());
  if (service === 'all') return all.filter(({ configured }) => configured);
  const one = all.find(({ name }) => name === service);
  if (one !== undefined) return [one];
  const names = all.map(({ name }) => name).join(', ');
  throw new Failure('invalid-input', `There is no service ${service}, only ${names} and all.`);
}

/** The public address, with `https://` where no scheme was given, without a path of ours. */
function publicBase(given: string | undefined, configured: string | null): string {
  const text = given ?? configured;
  if (text === null) {
    const fix = 'Name it with --url, or set PM_AGENT_PUBLIC_URL.';
    throw new Failure('invalid-input', 'The address of this program is not known.', { fix });
  }
  const whole = /^[a-z]+:\/\//i.test(text) ? text : `https://${text}`;
  if (!URL.canParse(whole) || !/^https?:/.test(whole)) {
    throw new Failure('invalid-input', `--url ${text} is not an address.`, {
      fix: 'Give it like pm.acme.example or https://pm.acme.example.',
    });
  }
  return whole.replace(/\/+$/, '').replace(/\/webhooks(\/[a-z]+)?$/, '');
}

function secretOf({ name, secret, secretSetting }: Registrar): string {
  if (secret !== null) return secret;
  throw new Failure(
    'not-configured',
    `${secretSetting} is not set, so nothing could be verified.`,
    {
      fix: `Put ${secretSetting}=${newToken()} into .env, restart, and run this for ${name} again.`,
    },
  );
}

interface Done {
  readonly service: string;
  readonly hooks: readonly HookRow[];
  readonly steps: readonly string[];
}

function rowsOf(done: readonly Done[]): string[] {
  return done.flatMap(({ service, hooks, steps }) => [
    ...table(
      hooks.flatMap((hook) => [
        [hook.change, service, hook.where, hook.id],
        ['', '', '', hook.url ?? '-'],
        ['', '', '', `${hook.active ? 'active' : 'NOT ACTIVE'}: ${hook.events.join(', ')}`],
        ...(hook.expiresAt === undefined ? [] : [['', '', '', `ends ${hook.expiresAt}`]]),
      ]),
    ),
    ...(hooks.length === 0 && steps.length === 0 ? [`${service}: none`] : []),
    ...(steps.length === 0 ? [] : [`${service}: no API to register with, so by hand:`]),
    ...steps.map((step) => (step === '' ? '' : `  ${step}`)),
  ]);
}

/** Does the same with every chosen service and shows what stands now. */
async function each(
  given: Given,
  services: readonly Registrar[],
  work: (registration: Registration, registrar: Registrar) => Promise<readonly HookRow[]>,
): Promise<readonly Done[]> {
  const done: Done[] = [];
  for (const registrar of services) {
    const { name, registration, configured, steps } = registrar;
    if (registration === null && !configured && steps.length === 0) {
      throw new Failure('not-configured', `${name} is not configured.`, { fix: registrar.needs });
    }
    const hooks = registration === null ? [] : await work(registration, registrar);
    done.push({ service: name, hooks, steps: registration === null ? steps : [] });
  }
  if (done.length === 0) given.out.say('No service is configured: see .env.example.');
  given.out.result({ ok: true, services: done }, rowsOf(done));
  return done;
}

/** A request that the server must answer with 200, signed as the system would sign it. */
function tryOut(registrar: Registrar, url: string): string | null {
  const { secret, header } = registrar;
  if (secret === null || header === null) return null;
  const body = '{"pm-agent":"test"}';
  const signature = createHmac('sha256', secret).update(body).digest('hex');
  return `curl -sS ${url} -H '${header.name}: ${header.prefix}${signature}' -H 'content-type: application/json' -d '${body}'`;
}

/** Registers webhooks; run twice, it changes nothing the second time. */
export async function register(given: Given, options: WebhookOptions): Promise<number> {
  const config = loadConfig();
  const base = publicBase(options.url, config.publicUrl);
  const services = chosen(options.service).map((one) => ({ ...one, steps: one.stepsFor(base) }));
  const at = (name: string) => `${base}/webhooks/${name}`;
  await each(given, services, (registration, registrar) =>
    registration.register({ url: at(registrar.name), secret: secretOf(registrar) }, call()),
  );
  for (const registrar of services) {
    const test = tryOut(registrar, at(registrar.name));
    if (test !== null) given.out.say(`test: ${test}`);
  }
  given.out.say(`next: pm-agent webhooks verify --service ${options.service} --url ${base}`);
  return EXIT.done;
}

/** What is registered at the systems now. */
export async function list(given: Given, options: WebhookOptions): Promise<number> {
  await each(given, chosen(options.service), (registration) => registration.list(call()));
  return EXIT.done;
}

/** Gives the webhooks the secret of today's settings, once the server accepts it beside the old one. */
export async function rotateSecret(given: Given, options: WebhookOptions): Promise<number> {
  const base = publicBase(options.url, loadConfig().publicUrl);
  const services = chosen(options.service);
  for (const { secretSetting, previous, registration } of services) {
    if (registration === null || previous) continue;
    // Until the server knows both, deliveries under the new one would be refused.
    const steps = `${secretSetting}_PREVIOUS=<the present secret> and ${secretSetting}=${newToken()}`;
    const fix = `Set ${steps} in .env, restart the server, then run this again.`;
    throw new Failure('not-configured', 'The server does not accept two secrets yet.', { fix });
  }
  await each(given, services, (registration, registrar) => {
    const url = `${base}/webhooks/${registrar.name}`;
    return registration.rotate({ url, secret: secretOf(registrar) }, call());
  });
  given.out.say('next: after an hour take the _PREVIOUS secret out of .env and restart');
  return EXIT.done;
}

/** Takes our webhooks at this address away. */
export async function remove(given: Given, options: WebhookOptions): Promise<number> {
  const base = publicBase(options.url, loadConfig().publicUrl);
  await each(given, chosen(options.service), (registration, { name }) =>
    registration.remove({ url: `${base}/webhooks/${name}` }, call()),
  );
  return EXIT.done;
}

interface Verified {
  readonly service: string;
  readonly check: string;
  readonly ok: boolean;
  readonly note: string;
}

/** Whether the hooks are there and our address answers as it should. Problems end with 5. */
export async function verify(given: Given, options: WebhookOptions): Promise<number> {
  const base = publicBase(options.url, loadConfig().publicUrl);
  const found: Verified[] = [];
  for (const registrar of chosen(options.service)) {
    found.push(await reach(registrar, `${base}/webhooks/${registrar.name}`));
    if (registrar.registration === null) continue;
    found.push(await stands(registrar, `${base}/webhooks/${registrar.name}`));
  }
  const ok = found.every((one) => one.ok);
  const rows = found.map((one) => [one.ok ? 'pass' : 'fail', one.service, one.check, one.note]);
  given.out.result({ ok, checks: found }, table(rows));
  return ok ? EXIT.done : EXIT.problems;
}

/** An unsigned request must be refused: that shows that it is our route, and that it is closed. */
async function reach({ name }: Registrar, url: string): Promise<Verified> {
  const about = { service: name, check: 'address' };
  try {
    const answer = await fetch(url, { method: 'POST', body: '{}', ...call(), redirect: 'manual' });
    await answer.body?.cancel();
    if (answer.status === 401) return { ...about, ok: true, note: `${url} is there and closed` };
    const note = `${url} answered ${answer.status} to an unsigned request, expected 401`;
    return { ...about, ok: false, note };
  } catch {
    return { ...about, ok: false, note: `nobody answers at ${url} from this machine` };
  }
}

async function stands(registrar: Registrar, url: string): Promise<Verified> {
  const about = { service: registrar.name, check: 'webhooks' };
  const { registration } = registrar;
  const hooks = registration === null ? [] : await registration.list(call());
  const ours = hooks.filter((hook) => hook.url === url && hook.active);
  if (ours.length > 0) return { ...about, ok: true, note: `${ours.length} active for ${url}` };
  const fix = `pm-agent webhooks register --service ${registrar.name}`;
  return { ...about, ok: false, note: `none active for ${url}: run ${fix}` };
}

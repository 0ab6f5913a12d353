import { parseArgs } from 'node:util';
import { startAnthropicEmulator } from './anthropic/start-anthropic-emulator.ts';
import { startBitbucketEmulator } from './bitbucket/start-bitbucket-emulator.ts';
import { startGithubEmulator } from './github/start-github-emulator.ts';
import { startJiraEmulator } from './jira/start-jira-emulator.ts';
import { startSentryEmulator } from './sentry/start-sentry-emulator.ts';
import { startSlackEmulator } from './slack/start-slack-emulator.ts';

const USAGE = `node emulators/main.ts jira --email E --token T [--port N] [--webhook-url U --webhook-secret S]
node emulators/main.ts bitbucket|github|slack|sentry --token T [--port N] [--webhook-url U --webhook-secret S]
node emulators/main.ts anthropic --api-key K [--port N]`;

const OPTIONS = {
  port: { type: 'string', default: '0' },
  email: { type: 'string', default: 'agent@example.com' },
  token: { type: 'string', default: 'emulator-token' },
  'webhook-url': { type: 'string' },
  'webhook-secret': { type: 'string' },
  'api-key': { type: 'string', default: 'anthropic-key' },
} as const;

interface Started {
  readonly url: string;
  close(): Promise<void>;
}

/** Runs one emulator until it is told to stop, and prints one line of JSON when it is ready. */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
  const port = Number(values.port);
  const [name = ''] = positionals;
  const { 'webhook-url': url, 'webhook-secret': secret } = values;
  const webhook = url && secret ? { webhook: { url, secret } } : {};
  const { email, token, 'api-key': apiKey } = values;
  const starts: Readonly<Record<string, () => Promise<Started>>> = {
    jira: () => startJiraEmulator({ email, token, port, ...webhook }),
    bitbucket: () => startBitbucketEmulator({ email: null, token, port, ...webhook }),
    github: () => startGithubEmulator({ token, port, ...webhook }),
    slack: () => startSlackEmulator({ botToken: token, port, ...webhook }),
    sentry: () => startSentryEmulator({ token, port, ...webhook }),
    anthropic: () => startAnthropicEmulator({ apiKey, port }),
  };
  const start = Object.hasOwn(starts, name) ? starts[name] : undefined;
  if (start === undefined) {
    console.error(USAGE);
    process.exitCode = 2;
    return;
  }
  const emulator = await start();
  console.log(JSON.stringify({ name, url: emulator.url }));
  const stop = () => void emulator.close();
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

await main();

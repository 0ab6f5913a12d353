import { parseArgs } from 'node:util';
import { startAnthropicEmulator } from './anthropic/start-anthropic-emulator.ts';
import { startJiraEmulator } from './jira/start-jira-emulator.ts';

const USAGE = `node emulators/main.ts jira --email E --token T [--port N] [--webhook-url U --webhook-secret S]
node emulators/main.ts anthropic --api-key K [--port N]`;

const OPTIONS = {
  port: { type: 'string', default: '0' },
  email: { type: 'string', default: 'agent@example.com' },
  token: { type: 'string', default: 'jira-token' },
  'webhook-url': { type: 'string' },
  'webhook-secret': { type: 'string' },
  'api-key': { type: 'string', default: 'anthropic-key' },
} as const;

/** Runs one emulator until it is told to stop, and prints one line of JSON when it is ready. */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
  const port = Number(values.port);
  const [name] = positionals;
  const { 'webhook-url': url, 'webhook-secret': secret } = values;
  const webhook = url && secret ? { webhook: { url, secret } } : {};
  const { email, token, 'api-key': apiKey } = values;
  const starts = {
    jira: () => startJiraEmulator({ email, token, port, ...webhook }),
    anthropic: () => startAnthropicEmulator({ apiKey, port }),
  };
  if (name !== 'jira' && name !== 'anthropic') {
    console.error(USAGE);
    process.exitCode = 2;
    return;
  }
  const emulator = await starts[name]();
  console.log(JSON.stringify({ name, url: emulator.url }));
  const stop = () => void emulator.close();
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

await main();

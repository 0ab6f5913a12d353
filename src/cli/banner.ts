import type { Config } from '../config.ts';
import type { Connector } from '../domain/connector.ts';
import { VERSION } from '../version.ts';
import { abilityRows } from './ability-rows.ts';
import type { Output } from './output.ts';

const MODES: Readonly<Record<Config['mode'], string>> = {
  simulation: 'simulation: nothing outside is changed, what would be sent is written down',
  ask: 'ask: every change waits for a person',
  production: 'production: allowed changes are made',
};

function line(out: Output, item: { name: string; on: boolean; note: string }): string {
  const state = item.on ? out.paint('green', 'on ') : out.paint('yellow', 'off');
  return `  ${item.name.padEnd(16)} ${state}  ${item.note}`;
}

function settingsOf(config: Config): { name: string; on: boolean; note: string }[] {
  const { model } = config;
  return [
    {
      name: 'model',
      on: model !== null,
      note: model?.model ?? 'ANTHROPIC_API_KEY is not set: the rules planner answers',
    },
    {
      name: 'redis',
      on: config.redisUrl !== null,
      note:
        config.redisUrl === null
          ? 'not needed: the queue is in the process'
          : 'the queue is shared, wake-ups pass through it',
    },
    {
      name: 'admin token',
      on: config.adminToken !== null,
      note: config.adminToken === null ? 'PM_AGENT_ADMIN_TOKEN is not set' : 'from the environment',
    },
  ];
}

/** What is on, what is off and why, and where everything is. */
export function banner(
  out: Output,
  app: { readonly config: Config; readonly url: string; readonly connectors: readonly Connector[] },
): string[] {
  const { config, url } = app;
  const abilities = abilityRows(app.connectors).map(({ system, ability, on, note }) => ({
    name: `${system} ${ability}`.trim(),
    on,
    note,
  }));
  const hooks = app.connectors
    .filter(({ webhook }) => webhook !== undefined && config.parts.includes('gateway'))
    .map(
      (connector) =>
        `  ${`${connector.name} webhook`.padEnd(16)} ${url}/webhooks/${connector.name}`,
    );
  // A URL of a database may hold its password.
  const store = config.databaseUrl.replace(/\/\/[^/]*@/, '//');
  return [
    `${out.paint('bold', `pm-agent ${VERSION}`)}  mode ${MODES[config.mode]}`,
    `  ${'parts'.padEnd(16)} ${config.parts.join(', ')}`,
    `  ${'store'.padEnd(16)} ${store}`,
    ...[...abilities, ...settingsOf(config)].map((item) => line(out, item)),
    '',
    ...hooks,
    ...(config.systems === null && config.parts.some((one) => one === 'api' || one === 'dashboard')
      ? [`  ${'api'.padEnd(16)} ${url}/api/status  (docs at ${url}/docs)`]
      : []),
    ...(config.parts.includes('api')
      ? [`  ${'services'.padEnd(16)} ${url}/services/<system>`]
      : []),
    ...(config.parts.includes('mcp') ? [`  ${'mcp'.padEnd(16)} ${url}/mcp/<system>`] : []),
    `  ${'health'.padEnd(16)} ${url}/health  ${url}/ready  ${url}/metrics`,
  ];
}

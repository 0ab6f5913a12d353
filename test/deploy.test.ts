import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv, promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { readConfig } from '../src/config.ts';
import { Environment } from '../src/config-environment.ts';
import { ALL_PARTS } from '../src/domain/program-part.ts';
import { startAgent } from './helpers/agent.ts';
import {
  caddyOf,
  composeOf,
  connectionsOf,
  instructionsOf,
  interpolated,
  namesIn,
  nginxOf,
  textOf,
  unitOf,
  yamlOf,
} from './helpers/deploy-files.ts';
import type { Directive } from './helpers/deploy-files.ts';
import { temporaryFolder } from './helpers/store.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

const BASE = 'docker-compose.yml';
const SERVICES = 'docker-compose.services.yml';
const MCP = 'docker-compose.mcp.yml';
const AGENT = 'docker-compose.agent.yml';
const COMPOSE = [BASE, SERVICES, MCP, 'docker-compose.monitoring.yml', AGENT];
const LARGEST_DELIVERY = 25 * 1024 * 1024;
const LONGEST_DRAIN_S = 30;

const base = composeOf(BASE);
const all = composeOf(...COMPOSE);
const { services } = all;
const programsIn = ({ services: some }: typeof all) =>
  Object.entries(some).filter(([, { image }]) => image.startsWith('pm-agent:'));
const programs = programsIn(all);
const SYSTEM_SETTING = /^(?:ATLASSIAN|JIRA|BITBUCKET|GITHUB|SLACK|SENTRY)_/;
// What opens each system, and where that is.
const OPENING = {
  ATLASSIAN_DOMAIN: 'acme.atlassian.net',
  ATLASSIAN_EMAIL: 'agent@example.com',
  ATLASSIAN_API_TOKEN: 'opens-jira',
  BITBUCKET_WORKSPACE: 'acme',
  BITBUCKET_TOKEN: 'opens-bitbucket',
  GITHUB_TOKEN: 'opens-github',
  GITHUB_REPOS: 'acme/web',
  SLACK_BOT_TOKEN: 'opens-slack',
  SENTRY_ORGANIZATION: 'acme',
  SENTRY_TOKEN: 'opens-sentry',
};
const mebibytes = (limit: string) => Number.parseInt(limit) * (/g/i.test(limit) ? 1024 : 1);
const rolesOf = (words: readonly string[]) =>
  (words[words.indexOf('--roles') + 1] ?? '').split(',');

describe('the compose files', () => {
  // Its durations are those of the Go language, not those of ISO 8601 that the word of the schema means.
  const text = textOf('test/fixtures/schemas/compose-spec.json').replaceAll(
    '"format": "duration"',
    '"pattern": "^([0-9]+(h|m|s|ms|us))+$"',
  );
  const specification = JSON.parse(text) as object;
  // The keywords that it uses mean the same in both drafts, and this one is understood.
  const $schema = 'http://json-schema.org/draft-07/schema#';
  const Specification = z.fromJSONSchema({ ...specification, $schema });

  test.each(COMPOSE)('%s keeps the Compose Specification', (path) => {
    expect(Specification.safeParse(yamlOf(path)[0]).error?.issues).toBeUndefined();
  });

  test('the specification would have seen a fault', () => {
    const wrong = { services: { gateway: { image: 'a', red_only: true } } };
    expect(Specification.safeParse(wrong).success).toBe(false);
  });

  test('every service has a pinned image, a health check, a bound of memory and of its log, and comes back', () => {
    for (const [name, service] of Object.entries(services)) {
      expect(service.image, name).toMatch(/:v?\d/);
      expect(service.restart, name).toBe('unless-stopped');
      expect(service.healthcheck.test[0], name).toBe('CMD');
      for (const needed of Object.values(service.depends_on)) {
        expect(needed.condition, name).toBe('service_healthy');
      }
    }
  });

  test('nothing listens beyond this machine, and the database and Redis reach nothing', () => {
    const ports = Object.values(services).flatMap((service) => service.ports);
    expect(ports.length).toBeGreaterThan(0);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
    expect(services['postgres']?.networks).toEqual(['inside']);
    expect(services['redis']?.networks).toEqual(['inside']);
    expect(all.networks['inside']?.internal).toBe(true);
  });

  test('every volume and network that is used is declared', () => {
    const volumes = Object.keys(all.volumes);
    const networks = Object.keys(all.networks);
    for (const service of Object.values(services)) {
      const named = service.volumes
        .map((one) => one.split(':')[0]!)
        .filter((one) => !/^[./]/.test(one));
      for (const one of named) expect(volumes).toContain(one);
      for (const one of service.networks) expect(networks).toContain(one);
    }
  });

  test('the program can write its data only, gains nothing, and has the time to end', () => {
    expect(programsIn(base).map(([name]) => name)).toEqual([
      'gateway',
      'worker',
      'scheduler',
      'dashboard',
    ]);
    expect(programs.length).toBeGreaterThan(4);
    for (const [name, service] of programs) {
      expect(service, name).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
      expect(service.security_opt, name).toContain('no-new-privileges:true');
      expect(Number.parseInt(service.stop_grace_period ?? '0'), name).toBeGreaterThan(
        LONGEST_DRAIN_S,
      );
    }
  });

  test('a process may take well more than it came to in the long run, before the alert and the limit', () => {
    const [, measured] = /^RSS over .* to (\d+) MB;/m.exec(textOf('docs/benchmark.md'))!;
    const [, share] = /memory_limit_bytes\) > (0\.\d+)/.exec(
      textOf('deploy/prometheus/alerts.yml'),
    )!;
    const least = Number(measured) / Number(share);
    const unit = (name: string) => unitOf(textOf(`deploy/systemd/${name}`)).get('Service')!;
    const pods = namesIn('deploy/kubernetes').flatMap((name) =>
      [...textOf(`deploy/kubernetes/${name}`).matchAll(/limits: \{ memory: (\w+) \}/g)].map(
        ([, limit = '']) => [name, limit] as const,
      ),
    );
    const limits = [
      ...programsIn(base).map(([name, { mem_limit: limit }]) => [name, limit] as const),
      ...pods.filter(([name]) => !['redis.yaml', 'mcp.yaml'].includes(name)),
      ...['pm-agent.service', 'pm-agent@.service'].map(
        (name) => [name, unit(name).get('MemoryMax')![0]!] as const,
      ),
    ];

    expect(limits.length).toBe(10);
    for (const [name, limit] of limits) expect(mebibytes(limit), name).toBeGreaterThan(least * 1.2);
    // Without work of its own.
    const faces = programs.filter(([name]) => !(name in base.services));
    for (const [name, service] of faces) {
      expect(mebibytes(service.mem_limit), name).toBeGreaterThanOrEqual(512);
    }
  });

  test('the containers together run every part, with settings that the program accepts', () => {
    const parts = programsIn(composeOf(BASE, MCP)).flatMap(([, { command, environment }]) => {
      const env = Object.fromEntries(
        Object.entries(environment).map(([key, value]) => [
          key,
          interpolated(value, { POSTGRES_PASSWORD: 'secret' }),
        ]),
      );
      for (const key of Object.keys(env)) expect(Object.keys(Environment.shape)).toContain(key);
      const config = readConfig({ ...env, PM_AGENT_ROLES: rolesOf(command).join(',') });
      expect(config.databaseUrl).toBe('postgres://pm_agent:secret@postgres:5432/pm_agent');
      return config.parts;
    });
    expect([...new Set(parts)].sort()).toEqual([...ALL_PARTS].sort());
  });

  test('whoever counts a token counts it with all others, and all work on one store, also on another one', () => {
    const given = { ...OPENING, POSTGRES_PASSWORD: 'secret', STORE_URL: 'postgres://db/moved' };
    for (const [name, service] of programs) {
      const env = Object.entries(service.environment).map(([key, value]) => {
        return [key, interpolated(value, given)] as const;
      });
      const PM_AGENT_ROLES = rolesOf(service.command).join();
      const config = readConfig({ ...Object.fromEntries(env), PM_AGENT_ROLES });
      expect(config.redisUrl, name).toBe('redis://redis:6379');
      expect(service.depends_on, name).toHaveProperty('redis');
      expect(service.networks, name).toContain('inside');
      expect(config.databaseUrl, name).toBe('postgres://db/moved');
    }
  });

  test('backups and their key are on the volume that lasts, unless none are wanted', () => {
    const configOf = (service: (typeof programs)[0][1], given: Record<string, string>) => {
      const env = Object.entries(service.environment).map(([key, value]) => {
        return [key, interpolated(value, { POSTGRES_PASSWORD: 'secret', ...given })] as const;
      });
      return readConfig({ ...parseEnv(textOf('.env.example')), ...Object.fromEntries(env) });
    };
    for (const [name, service] of programsIn(base)) {
      const places = service.volumes
        .filter((one) => !/^[./]/.test(one) && !one.endsWith(':ro'))
        .map((one) => one.split(':')[1]);
      const { folder, keyFile } = configOf(service, {}).backups;
      expect(places, name).toContain(dirname(keyFile));
      expect(places, name).toContain(dirname(folder ?? ''));
      expect(configOf(service, { PM_AGENT_BACKUP_DIR: 'off' }).backups.folder, name).toBeNull();
    }
  });

  const API_PORTS = { github: 3001, jira: 3002, slack: 3003, sentry: 3004, bitbucket: 3006 };
  const MCP_PORTS = { github: 9001, jira: 9002, slack: 9003, sentry: 9004, bitbucket: 9005 };

  test.each([
    [SERVICES, 'api', API_PORTS],
    [MCP, 'mcp', MCP_PORTS],
  ] as const)(
    '%s has a container for each system, on its port, with its credentials alone',
    (path, part, ports) => {
      const added = Object.entries(composeOf(path).services);
      const settings = added.map(([, { environment }]) => {
        return Object.keys(environment).filter((name) => SYSTEM_SETTING.test(name));
      });
      expect(settings.flat().length).toBe(new Set(settings.flat()).size);

      const found = added.map(([name, service]) => {
        const env = Object.entries(service.environment).map(([key, value]) => {
          return [key, interpolated(value, { ...OPENING, POSTGRES_PASSWORD: 'secret' })] as const;
        });
        for (const [key] of env) expect(Object.keys(Environment.shape)).toContain(key);
        const given = {
          ...Object.fromEntries(env),
          PM_AGENT_ROLES: rolesOf(service.command).join(),
        };
        const config = readConfig(given);
        const [system] = config.systems ?? [];
        expect(config.parts).toEqual([part]);
        expect(name).toBe(`${part}-${system}`);
        expect(service).not.toHaveProperty('env_file');
        // Something opens the system: nothing that it needs was forgotten.
        const opened = JSON.stringify(config).match(/opens-[a-z]+/g) ?? [];
        expect(new Set(opened)).toEqual(new Set([`opens-${system}`]));
        return [system, service.ports];
      });
      expect(Object.fromEntries(found)).toEqual(
        Object.fromEntries(
          Object.entries(ports).map(([system, port]) => [system, [`127.0.0.1:${port}:8000`]]),
        ),
      );
    },
  );

  test.each([SERVICES, MCP])(
    '%s takes over what .env says of limits, people and proxies',
    (path) => {
      const given = {
        PM_AGENT_API_RATE: '20',
        PM_AGENT_CALL_LIMITS: 'all',
        PM_AGENT_CACHE_SECONDS: '7',
        PM_AGENT_DIRECTIVES: './config/pm-directives.yaml',
        PM_AGENT_PEOPLE: 'config/people.example.yaml',
        TRUST_PROXY: '2',
      };
      for (const [name, { command, environment }] of Object.entries(composeOf(path).services)) {
        const configOf = (values: Record<string, string>) => {
          const env = Object.entries(environment).map(([key, value]) => {
            return [
              key,
              interpolated(value, { ...OPENING, POSTGRES_PASSWORD: 'a', ...values }),
            ] as const;
          });
          return readConfig({
            ...Object.fromEntries(env),
            PM_AGENT_ROLES: rolesOf(command).join(),
          });
        };
        const [set, unset, usual] = [configOf(given), configOf({}), readConfig({})];
        expect(set, name).toMatchObject({
          apiRate: 20,
          callLimits: 'all',
          cacheSeconds: 7,
          trustProxy: 2,
        });
        expect(set.directives.path, name).toBe(given.PM_AGENT_DIRECTIVES);
        expect(set.team.length, name).toBeGreaterThan(unset.team.length);
        const { apiRate, callLimits, cacheSeconds, trustProxy, directives } = usual;
        expect(unset, name).toMatchObject({
          apiRate,
          callLimits,
          cacheSeconds,
          trustProxy,
          directives,
        });
      }
    },
  );

  test('no two containers take the same port', () => {
    const taken = Object.values(services)
      .flatMap((service) => service.ports)
      .map((port) => interpolated(port, {}).split(':')[1]);
    expect(taken).toContain('3005');
    expect(taken).toContain('8090');
    expect(new Set(taken).size).toBe(taken.length);
  });

  const [, together = ''] = /COMPOSE_FILE=(\S+)/.exec(textOf('docs/deploy.md'))!;

  test.each([
    { files: [BASE], workers: 4 },
    { files: [BASE, SERVICES], workers: 4 },
    { files: [BASE, MCP], workers: 4 },
    { files: together.split(':'), workers: 4 },
    { files: [BASE, SERVICES, MCP], workers: 4 },
    { files: [BASE, AGENT], workers: 6 },
    { files: COMPOSE, workers: 6 },
  ])('the database has connections for $workers workers of $files', ({ files, workers }) => {
    const composed = composeOf(...files);
    const counts = programsIn(composed).map(([name, { command, deploy }]) => {
      const processes = name === 'worker' ? workers : deploy.replicas;
      return connectionsOf(rolesOf(command)) * processes;
    });
    const setting = composed.services['postgres']!.command.find((one) =>
      one.startsWith('max_conn'),
    );
    expect(composed.services['worker']!.deploy.replicas).toBeLessThanOrEqual(workers);
    // Some are left for a person and a backup.
    const most = counts.reduce((sum, count) => sum + count, 10);
    expect(most).toBeLessThan(Number(setting?.split('=')[1]));
  });

  test('the overlay of the agent grows it, and keeps its walls', () => {
    const grown = composeOf(BASE, AGENT);
    expect(Object.keys(grown.services)).toEqual(Object.keys(base.services));
    const [before, after] = [base.services['worker']!, grown.services['worker']!];
    expect(after.deploy.replicas).toBeGreaterThan(before.deploy.replicas);
    expect(after).toMatchObject({ read_only: true, command: before.command });
    expect(after.mem_limit).toBe('1g');
    // What publishes a port of the machine cannot be there twice.
    for (const service of Object.values(grown.services)) {
      if (service.ports.length > 0) expect(service.deploy.replicas).toBe(1);
    }
  });
});

describe('the image', () => {
  const instructions = instructionsOf(textOf('Dockerfile'));
  const all = (word: string) =>
    instructions.filter((one) => one.word === word).map(({ rest }) => rest);

  test('is built in stages from one pinned base, of the Node that the tests run on', () => {
    const { version } = z
      .object({ devDependencies: z.object({ node: z.string() }) })
      .transform(({ devDependencies }) => ({ version: devDependencies.node }))
      .parse(JSON.parse(textOf('package.json')));
    const bases = all('FROM').map((rest) => rest.split(' ')[0]);
    expect(bases).toEqual([`node:${version}-bookworm-slim`, `node:${version}-bookworm-slim`]);
  });

  test('runs without root, is checked over plain http, and fetches nothing by address', () => {
    expect(all('USER').at(-1)).toBe('1000:1000');
    expect(all('HEALTHCHECK')[0]).toContain('/health');
    expect(all('ENTRYPOINT')).toEqual(['["node", "bin/pm-agent.js"]']);
    expect(all('ADD')).toEqual([]);
  });

  const OF_ONE_TEAM = [
    Environment.shape.PM_AGENT_PEOPLE,
    Environment.shape.PM_AGENT_ALLOWED_NETWORKS,
  ].map((setting) => setting.parse(undefined));

  test.skipIf(!existsSync(join(ROOT, '.git')))(
    'what names a team is not kept in git, and its examples are',
    () => {
      const kept = (path: string) => {
        const asked = spawnSync('git', ['check-ignore', '-q', '--no-index', path], { cwd: ROOT });
        return asked.status === 1;
      };
      for (const path of OF_ONE_TEAM) {
        expect(kept(path), path).toBe(false);
        expect(kept(path.replace('.yaml', '.example.yaml')), path).toBe(true);
      }
    },
  );

  test('takes in what it needs and no secret', () => {
    const ignored = textOf('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(ignored[0]).toBe('*');
    const taken = ignored.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    const there = namesIn('.');
    for (const path of taken) expect(there).toContain(path);
    expect(ignored).toContain('**/.env*');
    // The later line wins: what is of this team stays out of what was taken in.
    const { files } = z
      .object({ files: z.array(z.string()) })
      .parse(JSON.parse(textOf('package.json')));
    for (const path of OF_ONE_TEAM) {
      expect(files).toContain(`!${path}`);
      expect(ignored.indexOf(path)).toBeGreaterThan(ignored.indexOf('!config'));
    }
    const copied = all('COPY')
      .filter((rest) => rest.startsWith('--from=build'))
      .map((rest) => rest.split(' ')[2]!.replace('/app/', ''));
    for (const path of ['bin', 'config', 'dist', 'node_modules', 'package.json']) {
      expect(copied).toContain(path);
    }
  });
});

describe('what the page says of containers', () => {
  const page = textOf('docs/deploy.md').replaceAll('\n', ' ');

  test('one container over the example of the settings is reached from outside of it', () => {
    const image = instructionsOf(textOf('Dockerfile')).find(({ word }) => word === 'ENV')!;
    const pairs = (text: string) => parseEnv(text.replaceAll(' ', '\n'));
    const [, line = ''] = /`(docker run [^`]*)`/.exec(page)!;
    const given = [...line.matchAll(/ -e (\S+)/g)].map(([, pair]) => pair).join(' ');
    expect(line).toContain('--env-file .env ');
    const settings = { ...pairs(image.rest), ...parseEnv(textOf('.env.example')), ...pairs(given) };

    expect(readConfig(settings)).toMatchObject({
      host: '0.0.0.0',
      port: 8000,
      environment: 'production',
    });
  });

  test('one container ends in its time, comes back, and is bounded as the others', () => {
    const [, line = ''] = /`(docker run [^`]*)`/.exec(page)!;
    const given = (option: string) => new RegExp(` --${option} (\\S+)`).exec(line)?.[1];
    const gateway = base.services['gateway']!;
    expect(Number(given('stop-timeout'))).toBeGreaterThan(LONGEST_DRAIN_S);
    expect(given('restart')).toBe(gateway.restart);
    expect(given('memory')).toBe(gateway.mem_limit);
  });

  test('the log of each is as long as the page of operations says', () => {
    const told = /`max-file: '(\d)'` for each service, `'(\d)'` for those of the monitoring/;
    const [, own, watching] = told.exec(textOf('docs/operations.md'))!;
    const watched = composeOf('docker-compose.monitoring.yml').services;
    for (const [name, { logging }] of Object.entries(services)) {
      const files = name in watched ? watching : own;
      expect(logging.options, name).toMatchObject({ 'max-size': '10m', 'max-file': files });
    }
  });

  test('the files that it names together are there', () => {
    const [, files = ''] = /COMPOSE_FILE=(\S+)/.exec(page)!;
    expect(files.split(':')[0]).toBe(BASE);
    for (const file of files.split(':')) expect(COMPOSE).toContain(file);
  });
});

test('a certificate that is renewed can be read as the first one', () => {
  const [, entries = '', places = ''] = /^setfacl -R -m (\S+) (.*)$/m.exec(
    textOf('docs/deploy.md'),
  )!;
  // Every renewal writes new files, which only the default of their folder reaches.
  expect(entries.split(',')).toEqual(['u:pm-agent:rX', 'd:u:pm-agent:rX']);
  expect(places.split(' ')).toEqual(['/etc/letsencrypt/live', '/etc/letsencrypt/archive']);
});

test('`make health` asks the port of .env', async () => {
  const [, recipe = ''] = /^health:.*\n\t@(.*)$/m.exec(textOf('Makefile'))!;
  const server = createServer((request, response) => void response.end(`asked ${request.url}`));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  const folder = temporaryFolder();
  writeFileSync(join(folder, '.env'), `PORT=${(server.address() as AddressInfo).port}\n`);
  const line = recipe.replaceAll('$$', '$').replace('node_modules/.bin/node', process.execPath);

  const { stdout } = await promisify(execFile)('sh', ['-c', line], { cwd: folder, env: {} });

  expect(stdout).toBe('asked /ready\n');
});

describe('the units of systemd', () => {
  const HARD = {
    NoNewPrivileges: 'yes',
    ProtectSystem: 'strict',
    ProtectHome: 'yes',
    PrivateTmp: 'yes',
    PrivateDevices: 'yes',
    CapabilityBoundingSet: '',
    SystemCallArchitectures: 'native',
    UMask: '0077',
    SystemCallErrorNumber: 'EPERM',
    Restart: 'always',
    KillSignal: 'SIGTERM',
  };

  // What the page of the deployment puts where, by its commands.
  const [, manual = ''] = /^## systemd$(.*?)^## /ms.exec(textOf('docs/deploy.md')) ?? [];
  const installed = new Map(
    [...manual.matchAll(/^install .*?(\S+) (\/\S+)(?: .*)?$/gm)].map(([, from = '', to = '']) => [
      to.endsWith('/') ? to + basename(from) : to,
      from,
    ]),
  );
  const OWN = '/etc/pm-agent/pm-agent.env';
  const MACHINE = '/etc/pm-agent/machine.env';

  test.each(['pm-agent.service', 'pm-agent@.service'])(
    '%s is hardened and has the time to end',
    (name) => {
      const unit = unitOf(textOf(`deploy/systemd/${name}`));
      const service = unit.get('Service')!;
      for (const [key, value] of Object.entries(HARD))
        expect(service.get(key), key).toEqual([value]);
      expect(service.get('User')).toEqual(['pm-agent']);
      expect(service.get('SystemCallFilter')).toEqual([
        '@system-service',
        '~@privileged @resources',
      ]);
      expect(Number(service.get('TimeoutStopSec')?.[0])).toBeGreaterThan(LONGEST_DRAIN_S);
      const [program, ...words] = service.get('ExecStart')?.[0]?.split(' ') ?? [];
      expect(installed.get(program ?? '')).toBe('node_modules/node/bin/node');
      expect(words.slice(0, 2)).toEqual(['bin/pm-agent.js', 'start']);
      expect(unit.get('Install')?.get('WantedBy')).toEqual(['multi-user.target']);
      // A file would win over it, so it would only seem to be set.
      expect(service.get('Environment')).toBeUndefined();
    },
  );

  test.each([
    ['pm-agent.service', 'one-process.env', []],
    ['pm-agent@.service', 'parts.env', ['/etc/pm-agent/%i.env']],
  ])(
    '%s over the example of the settings and its own %s keeps what it writes where it may',
    (name, machine, last) => {
      const service = unitOf(textOf(`deploy/systemd/${name}`)).get('Service')!;
      expect(service.get('EnvironmentFile')).toEqual([OWN, MACHINE, ...last]);
      expect(installed.get(OWN)).toBe('.env.example');
      expect(manual).toContain(`deploy/systemd/${machine}`);

      const own = parseEnv(textOf(`deploy/systemd/${machine}`));
      for (const key of Object.keys(own)) expect(Object.keys(Environment.shape)).toContain(key);
      const config = readConfig({ ...parseEnv(textOf('.env.example')), ...own });

      const state = `/var/lib/${service.get('StateDirectory')?.[0]}/`;
      expect(config.environment).toBe('production');
      expect(config.backups.keyFile).toBe(`${state}backup.key`);
      expect(config.backups.folder).toBe(`${state}backups`);
      expect(config.databaseUrl).toMatch(
        name.includes('@') ? /^postgres:/ : new RegExp(`^sqlite:${state}`),
      );
    },
  );

  test('the commands beside the units find the same store, with the Node that was installed', () => {
    const script = textOf('deploy/systemd/pm-agent');
    expect(installed.get('/usr/local/bin/pm-agent')).toBe('deploy/systemd/pm-agent');
    const paths = script.match(/(?<=[ =])\/(?:etc|usr\/local\/lib)\/\S+(?= )/g) ?? [];
    expect(paths.map((path) => installed.get(path))).toEqual([
      'node_modules/node/bin/node',
      '.env.example',
      'deploy/systemd/one-process.env',
    ]);
    const folder = temporaryFolder();
    const place = (text: string) =>
      text
        .replaceAll('/usr/local/lib/pm-agent/node', process.execPath)
        .replaceAll('/etc/pm-agent', folder)
        .replaceAll('/var/lib/pm-agent', folder)
        .replaceAll('cd /opt/pm-agent', `cd "${ROOT}"`);
    const keep = (name: string, text: string) =>
      writeFileSync(join(folder, name), place(text), { mode: 0o755 });
    keep('pm-agent.env', textOf('.env.example'));
    keep('machine.env', textOf('deploy/systemd/one-process.env'));
    keep('pm-agent', script);
    keep('runuser', '#!/bin/sh\n[ "$1 $2 $3" = "-u pm-agent --" ] && shift 3 && exec "$@"\n');

    const answer = execFileSync(join(folder, 'pm-agent'), ['token', 'create', 'grafana'], {
      env: { PATH: `${folder}:${process.env['PATH']}` },
      encoding: 'utf8',
    });

    expect(answer).toMatch(/^pma_/);
    expect(existsSync(join(folder, 'pm-agent.db'))).toBe(true);
  });

  test('the unit of the containers begins after their engine', () => {
    const unit = unitOf(textOf('deploy/systemd/pm-agent-compose.service'));
    expect(unit.get('Unit')?.get('Requires')).toEqual(['docker.service']);
    const [, ...words] = unit.get('Service')?.get('ExecStart')?.[0]?.split(' ') ?? [];
    // With --remove-orphans, what an overlay added would be gone after each start of the machine.
    expect(words).toEqual(['compose', 'up', '-d', '--wait']);
  });
});

describe('the proxies', () => {
  const servers = nginxOf(textOf('deploy/nginx/pm-agent.conf')).filter(
    ({ words }) => words[0] === 'server',
  );
  const valueOf = (inner: readonly Directive[], name: string) =>
    inner
      .find(({ words }) => words[0] === name)
      ?.words.slice(1)
      .join(' ');
  const at = (port: string) =>
    servers.find(({ inner }) => valueOf(inner, 'listen')?.startsWith(port))!.inner;
  const locations = (inner: readonly Directive[]) =>
    new Map(
      inner.flatMap(({ words, inner: own }) =>
        words[0] === 'location' ? [[words.slice(1).join(' '), own] as const] : [],
      ),
    );

  test('nginx lets the stream out at once and keeps in what needs no token', () => {
    const open = locations(at('443'));
    expect(valueOf(open.get('= /api/stream')!, 'proxy_buffering')).toBe('off');
    for (const path of ['= /metrics', '= /ready']) {
      expect(valueOf(open.get(path)!, 'return')).toBe('404');
    }
  });

  test('nginx takes webhooks alone at 8443, and passes on the address it saw', () => {
    const hooks = at('8443');
    expect([...locations(hooks).keys()]).toEqual(['/webhooks/', '/']);
    expect(valueOf(locations(hooks).get('/')!, 'return')).toBe('404');
    for (const server of [hooks, at('443')]) {
      const forwarded = server.filter(({ words }) => words[1] === 'X-Forwarded-For');
      expect(forwarded.map(({ words }) => words[2])).toEqual(['$remote_addr']);
    }
  });

  test.each(['443', '8443'])('nginx takes webhooks at %s as large and as often', (port) => {
    const hooks = locations(at(port)).get('/webhooks/')!;
    const most = Number.parseInt(valueOf(hooks, 'client_max_body_size') ?? '0') * 1024 * 1024;
    expect(most).toBeGreaterThan(LARGEST_DELIVERY);
    expect(valueOf(hooks, 'limit_req')).toBe('zone=pm_agent_webhooks burst=1000 nodelay');
    expect(valueOf(hooks, 'proxy_pass')).toBe('http://pm_agent_webhooks');
  });

  describe('before parts that are processes of their own', () => {
    const page = textOf('docs/deploy.md');
    const [, named = ''] = /^for part in (.*); do$/m.exec(page)!;
    const ports = new Map(named.split(' ').map((one) => one.split(':') as [string, string]));
    /** A file after the line of the page for it. */
    const edited = (file: string, place: string) => {
      const [, script = ''] = new RegExp(`^sed -i '(.*)' ${place}$`, 'm').exec(page)!;
      return execFileSync('sed', [script], { input: textOf(file), encoding: 'utf8' });
    };

    test('each has its port, and the commands find that of the API', () => {
      expect([...ports.keys()].sort()).toEqual([...ALL_PARTS].sort());
      expect(new Set(ports.values()).size).toBe(ports.size);
      expect(ports.get('api')).toBe(parseEnv(textOf('.env.example'))['PORT']);
    });

    test('nginx sends webhooks to the gateway and all else to the API', () => {
      const found = nginxOf(
        edited('deploy/nginx/pm-agent.conf', '/etc/nginx/conf.d/pm-agent.conf'),
      );
      const upstreams = found.filter(({ words }) => words[0] === 'upstream');
      expect(upstreams.map(({ words, inner }) => [words[1], valueOf(inner, 'server')])).toEqual([
        ['pm_agent', `127.0.0.1:${ports.get('api')}`],
        ['pm_agent_webhooks', `127.0.0.1:${ports.get('gateway')}`],
      ]);
      const asked = [...locations(at('443'))].map(([path, inner]) => [
        path,
        valueOf(inner, 'proxy_pass'),
      ]);
      expect(asked.filter(([, way]) => way === 'http://pm_agent_webhooks')).toEqual([
        ['/webhooks/', 'http://pm_agent_webhooks'],
      ]);
    });

    test('Caddy sends webhooks to the gateway and all else to the API', () => {
      const found = caddyOf(edited('deploy/caddy/Caddyfile', '/etc/caddy/Caddyfile'));
      const ways = found.flatMap(({ inner }) =>
        inner.flatMap(({ words, inner: own }) => {
          const way = valueOf(own, 'reverse_proxy');
          return way === undefined ? [] : [[words[1] ?? '', way]];
        }),
      );
      const [api, gateway] = ['api', 'gateway'].map((part) => `127.0.0.1:${ports.get(part)}`);
      expect(ways).toEqual([
        ['/webhooks/*', gateway],
        ['/api/stream', api],
        ['', api],
        ['/webhooks/*', gateway],
      ]);
    });
  });

  test('nginx of Debian 12 knows every directive: `http2` alone came with 1.25.1', () => {
    for (const port of ['443', '8443']) {
      expect(valueOf(at(port), 'http2')).toBeUndefined();
      expect(valueOf(at(port), 'listen')).toBe(`${port} ssl http2`);
    }
  });

  describe('of Caddy', () => {
    const sites = new Map(
      caddyOf(textOf('deploy/caddy/Caddyfile')).map(({ words, inner }) => [words[0], inner]),
    );
    const open = sites.get('pm.example.com')!;
    const apart = sites.get('pm.example.com:8443')!;
    const handles = (site: readonly Directive[]) =>
      new Map(
        site
          .filter(({ words }) => words[0] === 'handle')
          .map(({ words, inner }) => [words[1] ?? '', inner]),
      );
    const most = (inner: readonly Directive[]) => {
      const body = inner.find(({ words }) => words[0] === 'request_body')!.inner;
      const [, amount, unit] = /^(\d+)(KiB|MiB|KB|MB)$/.exec(valueOf(body, 'max_size') ?? '')!;
      return Number(amount) * { KiB: 1024, MiB: 1024 ** 2, KB: 1000, MB: 1e6 }[unit!]!;
    };
    const names = (inner: readonly Directive[]) => inner.map(({ words }) => words[0]);

    test('one handle decides each request: beside them nothing answers or bounds', () => {
      for (const site of [open, apart]) {
        const beside = names(site).filter((name) => name !== 'handle' && name !== 'header');
        expect(beside).toEqual([]);
      }
      expect([...handles(open).keys()]).toEqual([
        '/metrics',
        '/ready',
        '/webhooks/*',
        '/api/stream',
        '',
      ]);
      expect([...handles(apart).keys()]).toEqual(['/webhooks/*', '']);
    });

    test('what needs no token stays in, the stream leaves at once, and 8443 is for webhooks alone', () => {
      for (const path of ['/metrics', '/ready']) {
        const answer = handles(open).get(path)!;
        expect(answer.map(({ words }) => words)).toEqual([['respond', '404']]);
      }
      const [stream] = handles(open).get('/api/stream')!;
      expect(valueOf(stream!.inner, 'flush_interval')).toBe('-1');
      expect(
        handles(apart)
          .get('')!
          .map(({ words }) => words),
      ).toEqual([['respond', '404']]);
    });

    test('webhooks are taken on both ports, as large as they may be', () => {
      for (const site of [open, apart]) {
        const hooks = handles(site).get('/webhooks/*')!;
        expect(most(hooks)).toBeGreaterThan(LARGEST_DELIVERY);
        expect(valueOf(hooks, 'reverse_proxy')).toBe('127.0.0.1:8000');
      }
      expect(most(handles(open).get('')!)).toBe(64 * 1024);
    });
  });
});

const Rules = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string(),
      rules: z.array(
        z.strictObject({
          alert: z.string().regex(/^PmAgent[A-Z][A-Za-z]+$/),
          expr: z.string(),
          for: z.string().regex(/^\d+[smhd]$/),
          labels: z.strictObject({ severity: z.enum(['warning', 'critical']) }),
          annotations: z.strictObject({ summary: z.string(), action: z.string() }),
        }),
      ),
    }),
  ),
});
const Place = z.strictObject({ h: z.int(), w: z.int(), x: z.int(), y: z.int() });
const Source = z.strictObject({ type: z.literal('prometheus'), uid: z.string() });
const Dashboard = z.looseObject({
  uid: z.string(),
  schemaVersion: z.int(),
  panels: z.array(
    z.looseObject({
      id: z.int(),
      type: z.enum(['stat', 'timeseries']),
      title: z.string(),
      gridPos: Place,
      datasource: Source,
      targets: z.array(z.looseObject({ refId: z.string(), expr: z.string(), datasource: Source })),
    }),
  ),
});

const Prometheus = z.strictObject({
  global: z.strictObject({ scrape_interval: z.string(), evaluation_interval: z.string() }),
  rule_files: z.array(z.string()),
  alerting: z.strictObject({
    alertmanagers: z.array(
      z.strictObject({ static_configs: z.array(z.strictObject({ targets: z.array(z.string()) })) }),
    ),
  }),
  scrape_configs: z.tuple([
    z.strictObject({
      job_name: z.literal('pm-agent'),
      dns_sd_configs: z.array(
        z.strictObject({ names: z.array(z.string()), type: z.literal('A'), port: z.int() }),
      ),
      relabel_configs: z.array(
        z.strictObject({ source_labels: z.array(z.string()), target_label: z.string() }),
      ),
    }),
  ]),
});
const Pace = {
  receiver: z.string(),
  group_wait: z.string(),
  repeat_interval: z.string(),
};
const Alertmanager = z.strictObject({
  route: z.strictObject({
    ...Pace,
    group_by: z.array(z.string()),
    group_interval: z.string(),
    routes: z.array(z.strictObject({ ...Pace, matchers: z.array(z.string()) })),
  }),
  receivers: z.array(
    z.strictObject({
      name: z.string(),
      slack_configs: z.array(
        z.strictObject({
          api_url_file: z.string(),
          send_resolved: z.literal(true),
          title: z.string(),
          text: z.string(),
        }),
      ),
    }),
  ),
});

/** The classes of a histogram are lines of the one figure. */
const withoutClass = (name: string): string => name.replace(/_seconds_bucket$/, '_seconds');

describe('what is watched', () => {
  const [rules] = yamlOf('deploy/prometheus/alerts.yml').map((one) => Rules.parse(one));
  const alerts = rules!.groups.flatMap((group) => group.rules);
  const dashboard = Dashboard.parse(JSON.parse(textOf('deploy/grafana/dashboards/pm-agent.json')));
  const queries = [
    ...alerts.map(({ expr }) => expr),
    ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
  ];

  test('every figure that an alert, a panel or a scaler asks for is told by the program', async () => {
    const agent = await startAgent({ mode: 'simulation' });
    const text = await (await agent.ask('/metrics')).text();
    const told = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
    const asked = new Set(
      queries.flatMap((query) => query.match(/pm_agent_[a-z_]+/g) ?? []).map(withoutClass),
    );
    asked.add('pm_agent_mailbox_age_seconds');

    expect(asked.size).toBeGreaterThan(10);
    expect([...asked].filter((name) => !told.has(name))).toEqual([]);
  });

  test('every state, receipt and quantile that a query picks out is one that the program tells', async () => {
    const agent = await startAgent({ mode: 'simulation' });
    const text = await (await agent.ask('/metrics')).text();
    const picked = queries.flatMap((query) =>
      [...query.matchAll(/(pm_agent_[a-z_]+)\{([^}]*)\}/g)].flatMap(([, name = '', labels = '']) =>
        [...labels.matchAll(/\b(state|receipt|quantile)=~?"([^"]*)"/g)].flatMap(
          ([, label = '', values = '']) =>
            values.split('|').map((value) => [name, `${label}="${value}"`] as const),
        ),
      ),
    );
    const told = text.split('\n').filter((line) => !line.startsWith('#'));
    const isTold = ([name, pair]: readonly [string, string]) =>
      told.some((line) => line.startsWith(`${name}{`) && line.includes(pair));

    expect(picked.map(([, pair]) => pair)).toEqual(
      expect.arrayContaining(['state="quarantined"', 'state="failed"', 'state="unknown"']),
    );
    expect(picked.filter((one) => !isTold(one))).toEqual([]);
  });

  test('every query has its brackets and its ranges', () => {
    for (const query of queries) {
      for (const [open, close] of ['()', '[]', '{}']) {
        expect(query.split(open!).length, query).toBe(query.split(close!).length);
      }
      const ranged = query.match(/(?:rate|delta|predict_linear)\(/g)?.length ?? 0;
      expect(query.match(/\[\d+[smhd]\]/g)?.length ?? 0, query).toBe(ranged);
    }
  });

  test('alerts have names of their own, and say what to do', () => {
    const names = alerts.map(({ alert }) => alert);
    expect(new Set(names).size).toBe(names.length);
    for (const { annotations } of alerts) expect(annotations.action.length).toBeGreaterThan(20);
  });

  test('the panels do not lie on each other, and ask the source that is provided', () => {
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, n) => `${x + (n % w)},${y + Math.floor(n / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(Math.max(...dashboard.panels.map(({ gridPos }) => gridPos.x + gridPos.w))).toBe(24);
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    const provided = z
      .looseObject({ datasources: z.array(z.looseObject({ uid: z.string() })) })
      .parse(yamlOf('deploy/grafana/provisioning/datasources/prometheus.yml')[0]);
    const uids = provided.datasources.map(({ uid }) => uid);
    for (const { datasource } of dashboard.panels) expect(uids).toContain(datasource.uid);
  });

  const prometheus = Prometheus.parse(yamlOf('deploy/prometheus/prometheus.yml')[0]);

  test('Prometheus asks every service of the compose files that runs the program', () => {
    const [{ dns_sd_configs: found }] = prometheus.scrape_configs;
    expect(found.flatMap(({ names }) => names).toSorted()).toEqual(
      programs.map(([name]) => name).sort(),
    );
    for (const { port } of found) expect(port).toBe(8000);
    for (const file of prometheus.rule_files) expect(namesIn('deploy/prometheus')).toContain(file);
  });

  test('an alert goes to an Alertmanager that is there, and from it to a receiver that is', () => {
    const targets = prometheus.alerting.alertmanagers.flatMap(({ static_configs: some }) =>
      some.flatMap((one) => one.targets),
    );
    const [[name, port]] = targets.map((one) => one.split(':')) as [[string, string]];
    const service = services[name]!;
    expect(targets).toHaveLength(1);
    expect(service.ports).toEqual([`127.0.0.1:${port}:${port}`]);
    const [, path = ''] = /--config\.file=(\S+)/.exec(service.command.join(' ')) ?? [];
    const mount = service.volumes
      .map((one) => one.split(':'))
      .find(([, to]) => to === dirname(path));
    const file = `${mount?.[0]?.slice(2)}/${basename(path)}`;
    const config = Alertmanager.parse(yamlOf(file)[0]);

    const wanted = [config.route, ...config.route.routes].map(({ receiver }) => receiver);
    for (const receiver of wanted) {
      expect(config.receivers.map((one) => one.name)).toContain(receiver);
    }
    const secrets = service.secrets.map((one) => `/run/secrets/${one}`);
    for (const { slack_configs: ways } of config.receivers) {
      expect(ways.length).toBeGreaterThan(0);
      for (const way of ways) expect(secrets).toContain(way.api_url_file);
    }
    for (const secret of service.secrets) expect(Object.keys(all.secrets)).toContain(secret);
  });
});

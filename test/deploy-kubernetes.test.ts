import { parseEnv } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { readConfig } from '../src/config.ts';
import { Environment } from '../src/config-environment.ts';
import { ALL_PARTS } from '../src/domain/program-part.ts';
import { connectionsOf, namesIn, textOf, yamlOf } from './helpers/deploy-files.ts';
import {
  Deployment,
  Ingress,
  Kustomization,
  Manifest,
  NetworkPolicy,
  Scaler,
  Service,
} from './helpers/kubernetes.ts';

const LONGEST_DRAIN_S = 30;
const rolesOf = (words: readonly string[]) =>
  (words[words.indexOf('--roles') + 1] ?? '').split(',');

describe('the manifests of Kubernetes', () => {
  const folder = 'deploy/kubernetes';
  const files = namesIn(folder).filter((name) => name.endsWith('.yaml'));
  const found = files
    .filter((name) => name !== 'kustomization.yaml')
    .flatMap((name) => yamlOf(`${folder}/${name}`));
  const objects = found.map((one) => Manifest.parse(one));
  const of = <Schema extends z.ZodType>(kind: string, schema: Schema) =>
    objects.filter((one) => one.kind === kind).map((one) => schema.parse(one));
  const deployments = of('Deployment', Deployment);
  const program = deployments.filter(({ metadata }) => metadata.name !== 'redis');
  const kustomization = Kustomization.parse(yamlOf(`${folder}/kustomization.yaml`)[0]);
  const [{ literals }] = kustomization.configMapGenerator;
  const settings = parseEnv(literals.join('\n'));

  test('a field that nobody knows is a fault, wherever it stands', () => {
    const places = (value: unknown): object[] => {
      if (typeof value !== 'object' || value === null) return [];
      const inner = Object.values(value).flatMap(places);
      return Array.isArray(value) ? inner : [value, ...inner];
    };
    // What takes any name on purpose; the selector of a service is one, that of all others holds one.
    const names = new Set(['labels', 'annotations', 'matchLabels', 'selector']);
    const free = (parent: object) =>
      Object.entries(parent)
        .filter(([name, value]) => names.has(name) && !('matchLabels' in Object(value)))
        .map(([, value]) => value as unknown);
    for (const one of found) {
      const isFree = new Set(places(one).flatMap(free));
      for (const place of places(one).filter((each) => !isFree.has(each))) {
        Object.assign(place, { spec_: 1 });
        expect(Manifest.safeParse(one).success, JSON.stringify(place)).toBe(false);
        Reflect.deleteProperty(place, 'spec_');
      }
      expect(Manifest.safeParse(one).success).toBe(true);
    }
  });

  test('every file is part of the kustomization, and its settings are those of the program', () => {
    expect(kustomization.resources.toSorted()).toEqual(
      files.filter((name) => name !== 'kustomization.yaml').sort(),
    );
    for (const key of Object.keys(settings)) expect(Object.keys(Environment.shape)).toContain(key);
  });

  test('what has to be so wins over a secret made of the example of the settings', () => {
    const example = { ...parseEnv(textOf('.env.example')), DATABASE_URL: 'postgres://db/pm_agent' };
    for (const { metadata, spec } of program) {
      const [{ args, envFrom = [] }] = spec.template.spec.containers;
      const env = envFrom.map((one) => ('secretRef' in one ? example : settings));
      expect(env.length, metadata.name).toBe(2);
      const PM_AGENT_ROLES = rolesOf(args).join();
      const config = readConfig({ ...env[0], ...env[1], PM_AGENT_ROLES });

      expect(config, metadata.name).toMatchObject({
        environment: 'production',
        host: '0.0.0.0',
        redisUrl: 'redis://redis:6379',
        trustProxy: 1,
      });
      // No disk of a pod lasts, neither for backups nor for their key.
      expect(config.backups.folder).toBeNull();
    }
  });

  test('the commands of the backups run where the volume of the backups is mounted', () => {
    const page = textOf(`${folder}/README.md`);
    const [, place = ''] = /mount it in `(\S+)\.yaml`/.exec(page)!;
    const used = [...page.matchAll(/exec deploy\/(\S+) -- \S+ \S+ backup/g)];

    expect(used.map(([, name]) => name)).toEqual([place]);
    expect(program.map(({ metadata }) => metadata.name)).toContain(place);
  });

  test('services, ingress and walls lead to pods and ports that are there', () => {
    const pods = deployments.map(({ spec }) => spec.template);
    const podsOf = (wanted: Readonly<Record<string, string>>) =>
      pods.filter(({ metadata }) =>
        Object.entries(wanted).every(([name, value]) => metadata.labels?.[name] === value),
      );
    const services = of('Service', Service);
    for (const { metadata, spec } of services) {
      const [pod, ...others] = podsOf(spec.selector);
      expect(others, metadata.name).toEqual([]);
      const ports = pod?.spec.containers[0].ports.map(({ name }) => name);
      for (const { targetPort } of spec.ports) expect(ports, metadata.name).toContain(targetPort);
    }
    const [ingress] = of('Ingress', Ingress);
    const paths = ingress!.spec.rules.flatMap(({ http }) => http.paths);
    expect(paths.map(({ path }) => path)).toEqual(['/webhooks/', '/api/']);
    const names = services.map(({ metadata }) => metadata.name);
    for (const { backend } of paths) expect(names).toContain(backend.service.name);
    const walls = of('NetworkPolicy', NetworkPolicy);
    const behind = walls.flatMap(({ spec }) => podsOf(spec.podSelector.matchLabels));
    expect(behind.length).toBe(pods.length);
    for (const { spec } of walls) {
      const inside = podsOf(spec.podSelector.matchLabels).flatMap((pod) => pod.spec.containers);
      for (const { port } of spec.ingress.flatMap(({ ports }) => ports)) {
        for (const { ports } of inside) {
          expect(ports.map(({ containerPort }) => containerPort)).toContain(port);
        }
      }
    }
  });

  test('the deployments run every part, without root, bounded, probed, and with the time to end', () => {
    const parts = program.flatMap(({ spec }) => rolesOf(spec.template.spec.containers[0].args));
    expect(parts.sort()).toEqual([...ALL_PARTS].sort());
    for (const { metadata, spec } of program) {
      const { spec: pod } = spec.template;
      expect(pod.terminationGracePeriodSeconds, metadata.name).toBeGreaterThan(LONGEST_DRAIN_S);
      expect(spec.selector.matchLabels['app']).toBe(metadata.name);
      const [{ livenessProbe, readinessProbe, volumeMounts = [] }] = pod.containers;
      expect(livenessProbe.httpGet?.path).toBe('/health');
      expect(readinessProbe.httpGet?.path).toBe('/ready');
      const declared = pod.volumes?.map(({ name }) => name);
      for (const { name } of volumeMounts) expect(declared).toContain(name);
    }
  });

  test('the database that the page asks for has connections for the most pods there are', () => {
    const scalers = of('HorizontalPodAutoscaler', Scaler);
    const most = program.map(({ metadata, spec }) => {
      const scaler = scalers.find((one) => one.spec.scaleTargetRef.name === metadata.name);
      const pods = scaler?.spec.maxReplicas ?? spec.replicas ?? 1;
      const each = connectionsOf(rolesOf(spec.template.spec.containers[0].args));
      const surge = spec.strategy?.rollingUpdate.maxSurge ?? 1;
      return { steady: pods * each, update: surge * each };
    });
    const sum = (of: 'steady' | 'update') => most.reduce((all, one) => all + one[of], 0);
    const told = textOf(`${folder}/README.md`).replaceAll('\n', ' ');
    const [, wanted, steady, update] =
      /`max_connections` of at least (\d+)\..* need (\d+) connections, and (\d+) more/.exec(told)!;

    expect([Number(steady), Number(update)]).toEqual([sum('steady'), sum('update')]);
    expect(sum('steady') + sum('update') + 10).toBeLessThanOrEqual(Number(wanted));
  });

  test('gateway and worker scale by themselves, the worker by the age of its mail', () => {
    const scalers = of('HorizontalPodAutoscaler', Scaler);
    expect(scalers.map(({ spec }) => spec.scaleTargetRef.name).sort()).toEqual([
      'gateway',
      'worker',
    ]);
    for (const { spec } of scalers) {
      const target = program.find(({ metadata }) => metadata.name === spec.scaleTargetRef.name);
      // A number of its own would be fought over with the scaler at every change.
      expect(target?.spec.replicas).toBeUndefined();
    }
    const worker = scalers.find(({ metadata }) => metadata.name === 'worker');
    expect(worker?.spec.metrics[0]).toMatchObject({
      external: { metric: { name: 'pm_agent_mailbox_age_seconds' } },
    });
  });
});

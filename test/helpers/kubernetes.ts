import { z } from 'zod';

// The kinds that the manifests use, with the fields of them that they use and no others: a word that Kubernetes does not
// know is mostly a word misspelt, and the cluster would leave it out without a sound.
const Metadata = z.strictObject({
  name: z.string(),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});
const Probe = z.strictObject({
  httpGet: z.strictObject({ path: z.string(), port: z.literal('http') }).optional(),
  tcpSocket: z.strictObject({ port: z.string() }).optional(),
  periodSeconds: z.int(),
  timeoutSeconds: z.int().optional(),
  failureThreshold: z.int().optional(),
});
const Labels = z.strictObject({ matchLabels: z.record(z.string(), z.string()) });
const Container = z.strictObject({
  name: z.string(),
  image: z.string(),
  args: z.array(z.string()),
  envFrom: z
    .array(
      z.union([
        z.strictObject({ secretRef: z.strictObject({ name: z.string() }) }),
        z.strictObject({ configMapRef: z.strictObject({ name: z.string() }) }),
      ]),
    )
    .optional(),
  ports: z.array(z.strictObject({ name: z.string(), containerPort: z.int() })),
  securityContext: z.strictObject({
    allowPrivilegeEscalation: z.literal(false),
    readOnlyRootFilesystem: z.literal(true),
    capabilities: z.strictObject({ drop: z.tuple([z.literal('ALL')]) }),
  }),
  resources: z.strictObject({
    requests: z.strictObject({ cpu: z.string(), memory: z.string() }),
    limits: z.strictObject({ memory: z.string() }),
  }),
  startupProbe: Probe.optional(),
  livenessProbe: Probe,
  readinessProbe: Probe,
  volumeMounts: z
    .array(
      z.strictObject({ name: z.string(), mountPath: z.string(), readOnly: z.boolean().optional() }),
    )
    .optional(),
});
export const Deployment = z.strictObject({
  apiVersion: z.literal('apps/v1'),
  kind: z.literal('Deployment'),
  metadata: Metadata,
  spec: z.strictObject({
    replicas: z.int().optional(),
    strategy: z
      .strictObject({
        type: z.literal('RollingUpdate'),
        rollingUpdate: z.strictObject({ maxUnavailable: z.int(), maxSurge: z.int() }),
      })
      .optional(),
    selector: Labels,
    template: z.strictObject({
      metadata: Metadata.omit({ name: true }),
      spec: z.strictObject({
        automountServiceAccountToken: z.literal(false),
        terminationGracePeriodSeconds: z.int().optional(),
        securityContext: z.strictObject({
          runAsNonRoot: z.literal(true),
          runAsUser: z.int().min(1),
          runAsGroup: z.int().min(1),
          fsGroup: z.int().min(1).optional(),
          seccompProfile: z.strictObject({ type: z.literal('RuntimeDefault') }),
        }),
        topologySpreadConstraints: z
          .array(
            z.strictObject({
              maxSkew: z.int(),
              topologyKey: z.string(),
              whenUnsatisfiable: z.enum(['ScheduleAnyway', 'DoNotSchedule']),
              labelSelector: Labels,
            }),
          )
          .optional(),
        containers: z.tuple([Container]),
        volumes: z
          .array(
            z.union([
              z.strictObject({
                name: z.string(),
                emptyDir: z.strictObject({ sizeLimit: z.string() }),
              }),
              z.strictObject({
                name: z.string(),
                configMap: z.strictObject({ name: z.string() }),
              }),
            ]),
          )
          .optional(),
      }),
    }),
  }),
});
const Pace = z.strictObject({
  stabilizationWindowSeconds: z.int(),
  policies: z
    .array(
      z.strictObject({
        type: z.enum(['Pods', 'Percent']),
        value: z.int(),
        periodSeconds: z.int().max(1800),
      }),
    )
    .optional(),
});
export const Scaler = z.strictObject({
  apiVersion: z.literal('autoscaling/v2'),
  kind: z.literal('HorizontalPodAutoscaler'),
  metadata: Metadata,
  spec: z.strictObject({
    scaleTargetRef: z.strictObject({
      apiVersion: z.literal('apps/v1'),
      kind: z.literal('Deployment'),
      name: z.string(),
    }),
    minReplicas: z.int().min(2),
    maxReplicas: z.int(),
    metrics: z.tuple([
      z.discriminatedUnion('type', [
        z.strictObject({
          type: z.literal('Resource'),
          resource: z.strictObject({
            name: z.literal('cpu'),
            target: z.strictObject({ type: z.literal('Utilization'), averageUtilization: z.int() }),
          }),
        }),
        z.strictObject({
          type: z.literal('External'),
          external: z.strictObject({
            metric: z.strictObject({ name: z.string() }),
            target: z.strictObject({ type: z.literal('Value'), value: z.string() }),
          }),
        }),
      ]),
    ]),
    behavior: z.strictObject({ scaleUp: Pace.optional(), scaleDown: Pace }),
  }),
});

// Within a cluster, a port by its name or its number.
const PortName = z.union([z.string(), z.int().min(1).max(65_535)]);
export const Service = z.strictObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('Service'),
  metadata: Metadata,
  spec: z.strictObject({
    selector: z.record(z.string(), z.string()),
    ports: z.array(
      z.strictObject({ name: z.string(), port: z.int().min(1).max(65_535), targetPort: PortName }),
    ),
  }),
});
export const Ingress = z.strictObject({
  apiVersion: z.literal('networking.k8s.io/v1'),
  kind: z.literal('Ingress'),
  metadata: Metadata,
  spec: z.strictObject({
    ingressClassName: z.string(),
    tls: z.array(z.strictObject({ hosts: z.array(z.string()), secretName: z.string() })),
    rules: z.array(
      z.strictObject({
        host: z.string(),
        http: z.strictObject({
          paths: z.array(
            z.strictObject({
              path: z.string().startsWith('/'),
              pathType: z.enum(['Prefix', 'Exact', 'ImplementationSpecific']),
              backend: z.strictObject({
                service: z.strictObject({
                  name: z.string(),
                  port: z.union([
                    z.strictObject({ name: z.string() }),
                    z.strictObject({ number: z.int() }),
                  ]),
                }),
              }),
            }),
          ),
        }),
      }),
    ),
  }),
});
const Peer = z.union([
  z.strictObject({ podSelector: Labels }),
  z.strictObject({ namespaceSelector: Labels }),
]);
export const NetworkPolicy = z.strictObject({
  apiVersion: z.literal('networking.k8s.io/v1'),
  kind: z.literal('NetworkPolicy'),
  metadata: Metadata,
  spec: z.strictObject({
    podSelector: Labels,
    policyTypes: z.array(z.enum(['Ingress', 'Egress'])),
    ingress: z.array(
      z.strictObject({
        from: z.array(Peer).min(1),
        ports: z.array(z.strictObject({ port: PortName })).min(1),
      }),
    ),
  }),
});
const DisruptionBudget = z.strictObject({
  apiVersion: z.literal('policy/v1'),
  kind: z.literal('PodDisruptionBudget'),
  metadata: Metadata,
  spec: z.strictObject({ maxUnavailable: z.int().min(1), selector: Labels }),
});
const Namespace = z.strictObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('Namespace'),
  metadata: Metadata,
});

/** Any object of the manifests; a kind or a field that stands in none of the schemas is a fault. */
export const Manifest = z.discriminatedUnion('kind', [
  Deployment,
  Scaler,
  Service,
  Ingress,
  NetworkPolicy,
  DisruptionBudget,
  Namespace,
]);
export const Kustomization = z.strictObject({
  apiVersion: z.literal('kustomize.config.k8s.io/v1beta1'),
  kind: z.literal('Kustomization'),
  namespace: z.string(),
  labels: z.array(z.strictObject({ pairs: z.record(z.string(), z.string()) })),
  resources: z.array(z.string()),
  configMapGenerator: z.tuple([
    z.strictObject({ name: z.string(), literals: z.array(z.string().includes('=')) }),
  ]),
  images: z.array(z.strictObject({ name: z.string(), newName: z.string(), newTag: z.string() })),
});

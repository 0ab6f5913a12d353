// One table of floors: a folder may import from a lower floor, never from its own or a higher one.
const floors = [
  ['domain', 'lib'],
  ['connectors', 'store'],
  ['inbox', 'actions', 'insight'],
  ['agent', 'mcp', 'http'],
  ['config', 'app'], // only app may import its neighbour config
  ['cli'],
];

const place = (name) => `^src/${name}(/|\\.ts$|-[a-z-]+\\.ts$)`;
const notTest = '\\.test\\.ts$';

const floorRules = floors.flatMap((rooms, level) =>
  rooms.map((room) => ({
    name: `floor-${level + 1}-${room}`,
    comment: `src/${room} may import only from the floors below it.`,
    severity: 'error',
    from: { path: place(room), pathNot: notTest },
    to: {
      path: floors
        .slice(level)
        .flat()
        .filter((other) => other !== room && !(room === 'app' && other === 'config'))
        .map(place)
        .join('|'),
    },
  })),
);

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...floorRules.filter((rule) => rule.to.path !== ''),
    {
      name: 'no-circles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'connectors-are-strangers',
      comment: 'A connector does not know another connector.',
      severity: 'error',
      from: { path: '^src/connectors/([^/]+)/', pathNot: notTest },
      to: { path: '^src/connectors/([^/]+)/', pathNot: '^src/connectors/$1/' },
    },
    {
      name: 'connectors-are-wired-in-app',
      comment: 'Only app and config know the folders of the connectors.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: ['^src/connectors/', place('app'), place('config'), notTest],
      },
      to: { path: '^src/connectors/[^/]+/' },
    },
    {
      name: 'domain-knows-zod-only',
      severity: 'error',
      from: { path: '^src/domain/', pathNot: notTest },
      to: { pathNot: ['^src/domain/', '^node_modules/zod/'] },
    },
    {
      name: 'contract-knows-domain-and-zod',
      severity: 'error',
      from: { path: '^src/http/contract[a-z-]*\\.ts$' },
      to: { pathNot: ['^src/domain/', '^node_modules/zod/', '^src/http/contract'] },
    },
    {
      name: 'one-door',
      comment: 'Only src/actions runs an operation that changes something outside.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/actions/', place('app'), notTest] },
      to: { path: '^src/actions/execute\\.ts$' },
    },
    {
      name: 'emulators-know-packages-only',
      severity: 'error',
      from: { path: '^emulators/', pathNot: notTest },
      to: { path: '^(src|test|bench)/' },
    },
    {
      name: 'only-the-demo-knows-emulators',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/cli/demo', notTest] },
      to: { path: '^emulators/' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types'],
    },
  },
};

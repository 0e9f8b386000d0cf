// Who may import whom: one row per layer, lowest first. A folder may import its own files and every lower layer.
const layers = [
  ['harness/matrix', 'fixtures'],
  ['harness/world', 'harness/journal', 'harness/results'],
  ['harness/wire', 'harness/fabric'],
  ['harness/reference', 'harness/targets'],
  ['harness/scenario', 'harness/validators', 'harness/oracle'],
  ['harness/lab', 'harness/partition'],
  ['harness/run', 'reports'],
  ['harness/cli'],
]

// Packages with one home.
const homes = {
  'sodium-native': ['harness/matrix'],
  'classic-level': ['harness/reference'],
  undici: ['harness/wire', 'harness/targets'],
  ajv: ['harness/validators', 'harness/config', 'harness/results'],
  mocha: ['harness/run', 'harness/scenario'],
  chalk: ['reports', 'harness/cli'],
  'playwright-core': ['reports'],
  commander: ['harness/cli'],
  '@peculiar/x509': ['harness/wire'],
}

/** Tests, and what several of them share: `test-room.ts`. */
const test = '(\\.test|/test-[^/]+)\\.ts$'
const inside = (folders) => `^(${folders.join('|')})/`

const upward = layers.slice(0, -1).map((folders, level) => ({
  name: `layer-${level}-imports-down`,
  severity: 'error',
  comment: 'a layer imports itself and what lies below it',
  from: { path: inside(folders), pathNot: test },
  to: { path: inside(layers.slice(level + 1).flat()) },
}))

const packages = Object.entries(homes).map(([name, folders]) => ({
  name: `home-of-${name.replace(/\W/g, '-')}`,
  severity: 'error',
  from: { path: '^(harness|reports|suites|fixtures)/', pathNot: [inside(folders), test] },
  to: { path: `(^|/)node_modules/${name}/` },
}))

module.exports = {
  forbidden: [
    ...upward,
    ...packages,
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'only-cli-imports-reports',
      severity: 'error',
      from: { path: '^harness/', pathNot: ['^harness/cli/', test] },
      to: { path: '^reports/' },
    },
    {
      name: 'harness-never-imports-suites',
      severity: 'error',
      from: { path: '^(harness|fixtures|reports)/' },
      to: { path: '^suites/' },
    },
    {
      name: 'suites-see-the-vocabulary-only',
      severity: 'error',
      from: { path: '^suites/' },
      to: { path: '^(harness|reports)/', pathNot: '^harness/index\\.ts$' },
    },
    {
      name: 'matrix-does-no-io',
      severity: 'error',
      from: { path: '^harness/matrix/', pathNot: test },
      to: {
        dependencyTypes: ['core'],
        pathNot: '^(node:)?(crypto|buffer|module|os|worker_threads)$',
      },
    },
    {
      name: 'reports-start-nothing',
      severity: 'error',
      from: { path: '^reports/', pathNot: test },
      to: { path: '^harness/(wire|fabric|reference|targets|lab|run|cli)/' },
    },
    {
      name: 'resolvable',
      severity: 'error',
      // What the bin imports in a package is not there in a checkout.
      from: { pathNot: '^harness/cli/fedcheck\\.js$' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
}

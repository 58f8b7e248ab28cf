import { defineConfig } from 'vitest/config'
import { seededBugs as actors } from './packages/actors/test/seeded-bugs/seeded-bugs.ts'
import { seededBugs } from './packages/client/test/simulation/seeded-bugs.ts'
import { seededBugsPlugin } from './tests/seeded-bugs-plugin.ts'

// Tests run against the source: no build is needed, and coverage points at what we wrote.
const conditions = ['@livestore-kv/source', 'module', 'node', 'development|production']

export default defineConfig({
  plugins: [seededBugsPlugin({ actors, ...seededBugs })],
  ssr: { resolve: { conditions } },
  test: {
    // Two noisy cores, shared: nothing here is about how long it takes.
    testTimeout: 20_000,
    // One worker a core: left to itself vitest keeps one core free, and on two runs everything in one line.
    maxWorkers: '100%',
    // What the tests import is loaded once a worker, which is a fifth of the time; what a test stubs ends with it.
    isolate: false,
    restoreMocks: true,
    unstubEnvs: true,
    unstubGlobals: true,
    reporters: ['default', './.ci/closing-line-reporter.ts'],
    coverage: {
      include: ['packages/core/src/**/*.ts', 'packages/actors/src/**/*.ts'],
      exclude: ['**/index.ts'],
      reporter: ['text-summary'],
      thresholds: {
        'packages/core/src/**': { lines: 95 },
        'packages/actors/src/**': { lines: 95 },
      },
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['packages/*/test/**/*.test.ts', 'examples/*/test/**/*.test.ts'],
          benchmark: { include: [] },
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['tests/chat/**/*.test.ts'],
          globalSetup: 'tests/chat/browser-setup.ts',
          testTimeout: 30_000,
          expect: { poll: { timeout: 10_000 } },
          benchmark: { include: [] },
        },
      },
      {
        extends: true,
        test: { name: 'runtimes', include: ['tests/runtimes/**/*.test.ts'], benchmark: { include: [] } },
      },
      {
        extends: true,
        test: { name: 'docs', include: ['docs/test/**/*.test.ts'], benchmark: { include: [] } },
      },
      {
        extends: true,
        test: {
          name: 'types',
          include: [],
          benchmark: { include: [] },
          typecheck: {
            enabled: true,
            only: true,
            include: ['packages/*/test/**/*.test-d.ts'],
            tsconfig: './tsconfig.json',
          },
        },
      },
      {
        extends: true,
        test: { name: 'bench', include: ['bench/test/**/*.test.ts'], benchmark: { include: [] } },
      },
    ],
  },
})

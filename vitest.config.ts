import { defineConfig } from 'vitest/config'
import { seededBugsPlugin } from './packages/actors/test/seeded-bugs/plugin.ts'

// Tests run against the source: no build is needed, and coverage points at what we wrote.
const conditions = ['@livestore-kv/source', 'module', 'node', 'development|production']

export default defineConfig({
  plugins: [seededBugsPlugin()],
  ssr: { resolve: { conditions } },
  test: {
    reporters: ['default', './.ci/closing-line-reporter.ts'],
    coverage: {
      include: ['packages/core/src/**/*.ts', 'packages/actors/src/**/*.ts'],
      exclude: ['**/index.ts'],
      reporter: ['text-summary'],
      thresholds: { lines: 95 },
    },
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['packages/*/test/**/*.test.ts'], benchmark: { include: [] } },
      },
      {
        extends: true,
        test: { name: 'docs', include: ['docs/test/**/*.test.ts'], benchmark: { include: [] } },
      },
    ],
  },
})

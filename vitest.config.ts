import { defineConfig } from 'vitest/config'

// Tests run against the source: no build is needed, and coverage points at what we wrote.
const conditions = ['@livestore-kv/source', 'module', 'node', 'development|production']

export default defineConfig({
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
        test: { name: 'bench', include: ['bench/test/**/*.test.ts'], benchmark: { include: [] } },
      },
    ],
  },
})

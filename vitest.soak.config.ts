import { defineConfig } from 'vitest/config'

// More seeds and bigger counts than an ordinary run has time for: `pnpm test:soak`.
export default defineConfig({
  ssr: { resolve: { conditions: ['@livestore-kv/source', 'module', 'node', 'development|production'] } },
  test: {
    reporters: ['default', './.ci/closing-line-reporter.ts'],
    testTimeout: 3_600_000,
    // One at a time, so that the figures are not those of a crowd.
    fileParallelism: false,
    projects: [
      { extends: true, test: { name: 'soak', include: ['packages/*/test/**/*.soak.ts'] } },
      {
        extends: true,
        test: {
          name: 'soak-e2e',
          include: ['tests/**/*.soak.ts'],
          globalSetup: 'tests/chat/browser-setup.ts',
          expect: { poll: { timeout: 10_000 } },
        },
      },
    ],
  },
})

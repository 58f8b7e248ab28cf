import { defineConfig } from 'vitest/config'

// More seeds and bigger counts than an ordinary run has time for: `pnpm test:soak`.
export default defineConfig({
  ssr: { resolve: { conditions: ['@livestore-kv/source', 'module', 'node', 'development|production'] } },
  test: {
    include: ['packages/*/test/**/*.soak.ts'],
    reporters: ['default', './.ci/closing-line-reporter.ts'],
    testTimeout: 3_600_000,
    // One at a time, so that the figures are not those of a crowd.
    fileParallelism: false,
  },
})

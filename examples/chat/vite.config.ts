import { defineConfig } from 'vite'

export default defineConfig({
  root: 'src/page',
  // The page's policy allows no `data:` addresses.
  build: {
    assetsInlineLimit: 0,
    outDir: '../../dist/page',
    emptyOutDir: true,
    target: 'es2022',
    sourcemap: true,
  },
})

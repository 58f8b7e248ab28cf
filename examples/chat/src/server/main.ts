import { buildServer } from './build-server.ts'

const port = Number(process.env['PORT'] ?? 3000)
const app = await buildServer()

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    // A second signal finds no listener and ends the process the hard way.
    void app.close()
  })
}

try {
  console.log(`The chat is at ${await app.listen({ host: '127.0.0.1', port })} (Ctrl-C ends it)`)
} catch (error) {
  console.error(`The chat cannot start: ${error instanceof Error ? error.message : String(error)}`)
  console.error('Another port: PORT=3001 npx -y pnpm@12.21.0 start')
  process.exitCode = 1
  await app.close()
}

// Installs by apt what the tests run besides Node and is not there: `node scripts/install-services.mjs redis-server`.
import { spawnSync } from 'node:child_process'

// Each is named after its command, as its package is.
const SERVICES = ['chromium-headless-shell', 'redis-server']

const wanted = process.argv.slice(2)
const unknown = wanted.find((service) => !SERVICES.includes(service))
if (unknown) fail(`there is no service ${unknown}; there are ${SERVICES.join(', ')}`)

const missing = (wanted.length > 0 ? wanted : SERVICES).filter((service) => !isThere(service))
if (missing.length > 0) {
  console.log(`installing ${missing.join(' and ')} by apt`)
  apt('update')
  apt('install', '--yes', '--no-install-recommends', ...missing)
}

function isThere(command) {
  return spawnSync('sh', ['-c', `command -v ${command}`]).status === 0
}

function apt(...args) {
  // Two test runs may need the same service at once: the second waits for the first's lock.
  const command = ['apt-get', '-qq', '-o', 'DPkg::Lock::Timeout=300', ...args]
  const [program, ...rest] = process.getuid?.() === 0 ? command : ['sudo', '-n', ...command]
  const { status, error, stderr } = spawnSync(program, rest, {
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  if (status !== 0) fail(`cannot install ${missing.join(' and ')}: ${error?.message ?? stderr}`)
}

function fail(message) {
  console.error(message)
  process.exit(1)
}

/** One installation on this machine: its settings, its places, its ports. Only node: modules. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ROOT } from './checkout.mjs';

/** Every program that has a door, by its distance from COUNTERSIGN_PORT. */
const OFFSETS = { gateway: 0, 'mfa-orchestrator': 1, 'token-service': 2, 'sso-data': 3, 'oidc-broker': 4 };
const POSTGRES_OFFSET = 5;
/** The virtual phone's SMTP server: 4025, as 25 is where e-mail goes. */
const PHONE_OFFSET = 25;
const KAFKA_OFFSET = 15_092; // 19092 beside the default 4000

/** Where the data lies: COUNTERSIGN_DATA, or `.countersign` in the checkout. */
export const dataDirectory = () => resolve(process.env.COUNTERSIGN_DATA || join(ROOT, '.countersign'));

/** Paths below a data directory. */
export const placesOf = (data) => ({
  data,
  keys: join(data, 'keys'),
  logs: join(data, 'logs'),
  postgres: join(data, 'postgres'),
  kafka: join(data, 'kafka'),
  runFile: join(data, 'run.json'),
  lock: join(data, 'lock'),
  register: join(data, 'processes.json'),
  platformKey: join(data, 'keys', 'token-service', 'platform-key'),
  demo: join(data, 'keys', 'demo.json'),
  demoRp: join(data, 'keys', 'demo-rp.json'),
});

/** The programs of this checkout: those whose sources are there. */
export const programs = () =>
  Object.keys(OFFSETS).filter((name) => existsSync(join(ROOT, 'apps', name, 'src', 'main.ts')));

/** Settings out of the environment and the command line. Throws a sentence about what cannot be. */
export function readSettings(args) {
  const known = ['--kafka', '--reset', '--verbose', '--help', '-h'];
  const unknown = args.find((argument) => !known.includes(argument));
  if (unknown) throw new Error(`unknown option ${unknown} (--help lists them)`);
  const port = process.env.COUNTERSIGN_PORT || '4000';
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_500)
    throw new Error('COUNTERSIGN_PORT must be a number from 1 to 65500');
  const seed = process.env.COUNTERSIGN_SEED || 'demo';
  if (!['demo', 'none'].includes(seed)) throw new Error('COUNTERSIGN_SEED is `none` or not set');
  return {
    kafka: args.includes('--kafka'),
    reset: args.includes('--reset'),
    verbose: args.includes('--verbose'),
    help: args.includes('--help') || args.includes('-h'),
    seed: seed === 'demo',
    ports: portsFrom(Number(port)),
    places: placesOf(dataDirectory()),
  };
}

function portsFrom(base) {
  const kafka = base + KAFKA_OFFSET <= 65_000 ? base + KAFKA_OFFSET : base + POSTGRES_OFFSET + 1;
  const programPorts = Object.fromEntries(
    Object.entries(OFFSETS).map(([name, offset]) => [name, base + offset]),
  );
  return {
    ...programPorts,
    postgres: base + POSTGRES_OFFSET,
    phoneSmtp: base + PHONE_OFFSET,
    kafka,
    kafkaController: kafka + 1,
  };
}

/** Where browsers find the gateway. */
export const publicUrlOf = (ports) => `http://localhost:${ports.gateway}`;

/** http://127.0.0.1:<port> of a program. */
export const urlOf = (ports, name) => `http://127.0.0.1:${ports[name]}`;

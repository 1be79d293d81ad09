/**
 * Container of docker-compose.yml that keeps run.json on the host: mode 600, the checkout's owner's, written whole,
 * removed at the end. Processes are in containers, so there are no pids; the database is not published.
 */
import { chownSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { replaceWhole } from './private-files.mjs';

const { RUN_DIRECTORY, KEYS } = process.env;
const service = (port) => ({ url: `http://127.0.0.1:${port}`, pid: null });
const run = {
  gateway: 'http://127.0.0.1:4000',
  phone: 'http://127.0.0.1:4000/phone',
  bus: 'kafka',
  kafka: { brokers: ['127.0.0.1:19092'] },
  database: null,
  services: {
    'mfa-orchestrator': service(4001),
    'token-service': service(4002),
    'sso-data': service(4003),
    'oidc-broker': service(4004),
  },
  platformKey: readFileSync(join(KEYS, 'platform-key'), 'utf8').trim(),
  demo: JSON.parse(readFileSync(join(KEYS, 'demo.json'), 'utf8')),
};

const file = join(RUN_DIRECTORY, 'run.json');
const draft = `${file}.draft`;
const { uid, gid } = statSync(RUN_DIRECTORY);
replaceWhole(draft, JSON.stringify(run, null, 2));
chownSync(draft, uid, gid);
renameSync(draft, file);

const waiting = setInterval(() => {}, 1 << 30);
for (const name of ['SIGTERM', 'SIGINT'])
  process.once(name, () => {
    rmSync(file, { force: true });
    clearInterval(waiting);
  });

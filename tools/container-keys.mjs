/** One-shot of docker-compose.yml: makes the secrets of the installation in the volumes below /keys. */
import { chmodSync } from 'node:fs';
import { keptSecret, setupKeys } from './setup-keys.mjs';

const KEYS = '/keys';
const PASSWORD = `${KEYS}/database/password`;

setupKeys(KEYS);
keptSecret(PASSWORD);
// Postgres reads it as its own user; the volume is mounted there and in set-up, nowhere else
chmodSync(PASSWORD, 0o644);

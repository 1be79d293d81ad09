import { rename, rm, writeFile } from 'node:fs/promises';
import { PLATFORM_APP, SCOPES } from '@countersign/contracts';
import { type Clock, uuidv7 } from '@countersign/kernel';
import type { Database } from '@countersign/persistence';
import { sha256 } from '@countersign/security';
import { ApplicationRepository } from '../applications/application.repository.ts';
import { newApiKey } from './api-key.service.ts';
import { ApiKeyRepository } from './api-key.repository.ts';

/**
 * First start: makes the reserved application and its first key, and writes the key to `file` (mode 600). Later
 * starts find the application and make nothing. The file is written before the commit: a crash between the two
 * leaves a key in the file that opens nothing, and the next start replaces it. Throws where no file is given.
 */
export async function ensurePlatformKey(
  database: Database,
  clock: Clock,
  file: string | undefined,
): Promise<void> {
  const applications = new ApplicationRepository(database);
  if (await applications.find(PLATFORM_APP)) return;
  if (file === undefined) throw new Error('PLATFORM_KEY_FILE must say where the first platform key goes');
  await database.transaction(async (tx) => {
    // of several first starts at once the others wait here, and find it made
    if (!(await applications.insert(tx, PLATFORM_APP, 'Platform', {}))) return;
    const key = newApiKey();
    await new ApiKeyRepository(database).insert(tx, {
      keyId: uuidv7(clock),
      appId: PLATFORM_APP,
      name: 'first key',
      keyHash: sha256(key),
      scopes: [...SCOPES],
      constraints: {},
      createdBy: null,
      expiresAt: null,
    });
    await writeSecret(file, key);
  });
}

/** Appears whole or not at all, readable by its owner alone from the first moment. */
async function writeSecret(file: string, secret: string): Promise<void> {
  const draft = `${file}.${process.pid}.tmp`;
  await rm(draft, { force: true });
  await writeFile(draft, `${secret}\n`, { mode: 0o600, flag: 'wx' });
  await rename(draft, file);
}

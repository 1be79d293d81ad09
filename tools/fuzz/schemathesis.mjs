/** schemathesis from PyPI. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pythonEnvironment } from '../python-environment.mjs';

const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url));

/** Answers { command }: the path of schemathesis; or { obstacle }: why there is none, as a sentence. */
export async function schemathesis(say) {
  const place = { name: 'fuzz', requirements, variable: 'COUNTERSIGN_FUZZ_ENV' };
  const { bin, obstacle } = await pythonEnvironment({ ...place, say });
  return obstacle ? { obstacle } : { command: join(bin, 'schemathesis') };
}

/** schemathesis from PyPI. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pythonEnvironment } from '../python-environment.mjs';

const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url));

/** The path of schemathesis. Undefined where there is none, which is said; throws where REQUIRE_FUZZ=1. */
export async function schemathesis(say) {
  const place = { name: 'fuzz', requirements, variable: 'COUNTERSIGN_FUZZ_ENV' };
  const need = { required: 'REQUIRE_FUZZ', without: 'no operation was fuzzed' };
  const bin = await pythonEnvironment({ ...place, ...need, say });
  return bin && join(bin, 'schemathesis');
}

/** CPU of the token-service for issuing and introspecting, against a bare server that signs or verifies. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { projectNode } from '../checkout.mjs';
import { keyFiles } from '../setup-keys.mjs';
import { makeBank } from './bank.mjs';
import { cpuOf } from './cpu.mjs';
import { median, row } from './figures.mjs';
import { caller } from './http.mjs';

const CONCURRENCY = 8;
const CALLS = 4000;
const WARM = 2000;

/** `keys`: where the installation's keys lie. */
export async function benchTokenCpu(run, { rounds, say, keys }) {
  const bank = await makeBank(run);
  const { url, pid } = run.services['token-service'];
  const service = caller(url);
  const bare = await startBare();
  const server = caller(`http://127.0.0.1:${bare.port}`);
  const issue = await issuing(service, keys, bank.appId);
  const { accessToken } = await issue();
  const sides = {
    sign: { pid: bare.pid, work: () => server.must(200, 'GET', '/sign') },
    issue: { pid, work: issue },
    verify: { pid: bare.pid, work: () => server.must(200, 'GET', '/verify') },
    introspect: { pid, work: () => introspect(service, bank, accessToken) },
  };
  const costs = { sign: [], issue: [], verify: [], introspect: [] };
  for (const { work } of Object.values(sides)) await times(WARM, work);
  for (let round = 0; round < rounds; round++) {
    for (const [name, { pid: of, work }] of Object.entries(sides)) {
      const before = cpuOf(of);
      await times(CALLS, work);
      costs[name].push(((cpuOf(of) - before) / CALLS) * 1000);
    }
    const last = Object.entries(costs).map(([name, all]) => `${name} ${all.at(-1).toFixed(0)} µs`);
    say(`CPU of tokens, round ${round + 1}: ${last.join(', ')}`);
  }
  for (const one of [service, server, bank]) one.close();
  await bare.end();
  return [
    row(
      'CPU of issuing the tokens of a login, µs (hello + ES256 sign)',
      median(costs.issue),
      median(costs.sign),
      4,
      false,
    ),
    row(
      'CPU of an introspection, µs (hello + verify)',
      median(costs.introspect),
      median(costs.verify),
      2,
      false,
    ),
  ];
}

async function times(calls, work) {
  let left = calls;
  const worker = async () => {
    while (left-- > 0) await work();
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}

/** Asks for the tokens of a login that completed, as the orchestrator does; service tokens last a minute. */
async function issuing(service, keys, appId) {
  const [{ ServiceIdentity }, { systemClock }] = await Promise.all([
    import('@countersign/security'),
    import('@countersign/kernel'),
  ]);
  const files = keyFiles(keys, 'mfa-orchestrator');
  const [privateJwk, servicesJwks] = [files.SERVICE_KEY_FILE, files.SERVICES_JWKS_FILE].map((file) =>
    JSON.parse(readFileSync(file, 'utf8')),
  );
  const identity = new ServiceIdentity({
    name: 'mfa-orchestrator',
    privateJwk,
    servicesJwks,
    clock: systemClock,
  });
  let authorization;
  let since = -Infinity;
  return async () => {
    if (performance.now() - since > 30_000) {
      since = performance.now();
      authorization = `Bearer ${await identity.issue('token-service')}`;
    }
    const authTime = Math.floor(Date.now() / 1000);
    const login = { userId: 'bench-user', username: 'bench', amr: ['otp'], acr: 'aal1', authTime };
    const body = { appId, flowId: randomUUID(), ...login };
    return service.must(200, 'POST', '/internal/tokens', { authorization, body });
  };
}

async function introspect(service, { authorization }, token) {
  const form = `token=${encodeURIComponent(token)}`;
  const { active } = await service.must(200, 'POST', '/fido2/v2/mgmt/token/introspect', {
    authorization,
    form,
  });
  if (!active) throw new Error('a token that holds was said not to');
}

async function startBare() {
  const child = spawn(projectNode(), [fileURLToPath(new URL('bare-server.mjs', import.meta.url))], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const [port] = await once(child.stdout, 'data');
  return {
    port: Number(port),
    pid: child.pid,
    async end() {
      const gone = once(child, 'exit');
      child.kill();
      await gone;
    },
  };
}

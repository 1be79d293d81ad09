import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import Fastify from 'fastify';
import { Session } from 'node:inspector/promises';
import { generateKeyPair, signJwt, verifyJwt, ServiceIdentity } from '@countersign/security';
import { systemClock } from '@countersign/kernel';
import { testKeys } from '@countersign/testing';
import { startTokenService } from './test/token-service.ts';
import { logIn } from './test/tokens.ts';

const load = (spec: object) => new Promise<void>((res) => spawn(process.execPath, ['/tmp/perf-load.mjs', JSON.stringify(spec)], { stdio: 'inherit' }).once('exit', () => res()));
const measure = async (name: string, spec: { n: number }) => {
  await load({ ...spec, n: 1500 });
  const rounds: number[] = [];
  for (let r = 0; r < 3; r++) {
    const start = process.cpuUsage();
    await load(spec);
    const { user, system } = process.cpuUsage(start);
    rounds.push((user + system) / spec.n);
  }
  rounds.sort((a, b) => a - b);
  console.log(name, rounds.map((x) => x.toFixed(0)).join(' '), 'µs CPU/req');
  return rounds[1]!;
};
const profile = async (name: string, spec: { n: number }) => {
  if (!process.env.PROF) return;
  const s = new Session(); s.connect();
  await s.post('Profiler.enable'); await s.post('Profiler.setSamplingInterval', { interval: 200 }); await s.post('Profiler.start');
  await load(spec);
  const { profile: p } = (await s.post('Profiler.stop')) as any;
  const self = new Map<number, number>();
  p.samples.forEach((id: number, i: number) => self.set(id, (self.get(id) ?? 0) + p.timeDeltas[i]));
  const byUrl = new Map<string, number>(), byFn = new Map<string, number>(); let total = 0;
  for (const node of p.nodes) {
    const t = self.get(node.id) ?? 0; const f = node.callFrame;
    if (f.functionName === '(idle)') continue; total += t;
    const url = f.url.replace(/.*node_modules\//, 'nm/').replace(/.*work\/main/, '');
    const pkg = url.startsWith('nm/') ? url.split('/').slice(0, url.split('/')[1]!.startsWith('@') ? 3 : 2).join('/') : url || f.functionName;
    byUrl.set(pkg, (byUrl.get(pkg) ?? 0) + t);
    const k = `${f.functionName} ${url}:${f.lineNumber}`; byFn.set(k, (byFn.get(k) ?? 0) + t);
  }
  const top = (m: Map<string, number>, k: number) => [...m].sort((a, b) => b[1] - a[1]).slice(0, k).map(([x, t]) => `${(t / spec.n).toFixed(1)}µs ${x}`).join('\n');
  console.log(`--- ${name} total ${(total / spec.n).toFixed(0)}µs js\n` + top(byUrl, 28) + '\n-- fn\n' + top(byFn, 30));
};
const key = await generateKeyPair('ES256');
const bare = Fastify();
const claims = { iss: 'x', aud: 'bank', sub: 'u', exp: 4e9, iat: 1, jti: 'j', scopes: ['a', 'b'], username: 'dana' };
bare.get('/hello', () => ({ hello: 'world' }));
bare.get('/sign', async () => ({ token: await signJwt(key, { typ: 'at+jwt' }, claims) }));
const signed = await signJwt(key, { typ: 'at+jwt' }, claims);
bare.get('/verify', async () => { await verifyJwt(signed, { keys: [key.publicJwk], algorithms: ['ES256'], typ: 'at+jwt' }); return { active: true }; });
const bareUrl = await bare.listen({ port: 0, host: '127.0.0.1' });
const bed = await startTokenService('perf');
await bed.application('bank');
const { key: apiKey } = await bed.apiKey('bank', []);
const login = await logIn(bed, 'dana');
const c = 8, n = 6000;
const sign = await measure('hello+sign', { url: `${bareUrl}/sign`, method: 'GET', headers: {}, bodies: [''], n, c } as never);
const verify = await measure('hello+verify', { url: `${bareUrl}/verify`, method: 'GET', headers: {}, bodies: [''], n, c } as never);
const identity = new ServiceIdentity({ name: 'mfa-orchestrator', privateJwk: testKeys().serviceKeys['mfa-orchestrator'], servicesJwks: testKeys().servicesJwks, clock: systemClock });
const headers = { 'content-type': 'application/json', authorization: `Bearer ${await identity.issue('token-service')}` };
const bodies = Array.from({ length: 500 }, () => JSON.stringify({ appId: 'bank', flowId: randomBytes(12).toString('hex'), userId: login.userId, username: 'dana', amr: ['ext'], acr: 'aal1', authTime: 1_700_000_000 }));
const issue = await measure('issue', { url: `${bed.service.url}/internal/tokens`, headers, bodies, n, c } as never);
const intro = await measure('introspect', { url: `${bed.service.url}/fido2/v2/mgmt/token/introspect`, headers: { 'content-type': 'application/x-www-form-urlencoded', authorization: `Bearer ${apiKey}` }, bodies: [`token=${login.accessToken}`], n, c } as never);
headers.authorization = `Bearer ${await identity.issue('token-service')}`;
await profile('issue', { url: `${bed.service.url}/internal/tokens`, headers, bodies, n, c } as never);
await profile('introspect', { url: `${bed.service.url}/fido2/v2/mgmt/token/introspect`, headers: { 'content-type': 'application/x-www-form-urlencoded', authorization: `Bearer ${apiKey}` }, bodies: [`token=${login.accessToken}`], n, c } as never);
await profile('bare verify', { url: `${bareUrl}/verify`, method: 'GET', headers: {}, bodies: [''], n, c } as never);
console.log('issue / (hello+sign) =', (issue / sign).toFixed(2), ' introspect / (hello+verify) =', (intro / verify).toFixed(2));
if (process.env.PROF) { /* keep for profiles */ }
await bare.close(); await bed.close();
process.exit(0);

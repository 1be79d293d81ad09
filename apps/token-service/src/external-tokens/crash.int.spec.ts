import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@countersign/kernel';
import { ServiceIdentity } from '@countersign/security';
import { createTestDatabase, openSqlDoor, spawnService, testKeys } from '@countersign/testing';
import { redemptionOf } from '../../test/external-tokens.ts';
import { startOrchestratorStandIn } from '../../test/orchestrator-stand-in.ts';

describe('a process that dies between redeeming and answering', () => {
  it('EXT-10: the repeat of the same attempt gets the answer, another attempt does not, one event is told', async () => {
    const keys = testKeys();
    const database = await createTestDatabase('redeem-crash');
    const folder = await mkdtemp(join(tmpdir(), 'redeem-crash-'));
    const orchestrator = await startOrchestratorStandIn();
    const env = {
      SECURITY_PROFILE: 'development',
      LOG_LEVEL: 'warn',
      DATABASE_URL: database.url,
      // no broker is there: what is to be told waits in the outbox
      KAFKA_BROKERS: '127.0.0.1:1',
      MFA_ORCHESTRATOR_URL: orchestrator.url,
      SERVICE_KEY: JSON.stringify(keys.serviceKeys['token-service']),
      SERVICES_JWKS: JSON.stringify(keys.servicesJwks),
      MASTER_KEY: Buffer.from(keys.masterKeys['token-service']).toString('base64url'),
      PLATFORM_KEY_FILE: join(folder, 'platform-key'),
    };
    const service = await spawnService({
      app: 'token-service',
      env: { ...env, CRASH_AT: 'redeem-before-answer' },
      ready: '/healthz',
    });
    const identity = new ServiceIdentity({
      ...{ name: 'mfa-orchestrator', privateJwk: keys.serviceKeys['mfa-orchestrator'] },
      ...{ servicesJwks: keys.servicesJwks, clock: systemClock },
    });
    const post = async (path: string, key: string, body: unknown) => {
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
      const answer = await fetch(service.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
      return { status: answer.status, body: (await answer.json()) as Record<string, string> };
    };
    const sql = openSqlDoor(database.url);
    try {
      const platformKey = (await readFile(env.PLATFORM_KEY_FILE, 'utf8')).trim();
      await post('/v1/applications', platformKey, { appId: 'bank', name: 'Bank' });
      const { body: made } = await post('/v1/api-keys', platformKey, {
        appId: 'bank',
        scopes: ['external:verify'],
      });
      const flow = orchestrator.openFlow('dana');
      const { body: granted } = await post('/fido2/v2/mgmt/grant/external-auth', made['key']!, {
        username: 'dana',
        flowId: flow.flowId,
      });
      const redeem = async (attempt: string) =>
        post(
          '/internal/external-tokens/redeem',
          await identity.issue('token-service'),
          redemptionOf(flow, granted['token']!, { attempt }),
        );

      await expect(redeem('one')).rejects.toThrow();
      await service.exited();
      await service.restart({ CRASH_AT: '' });
      expect((await redeem('two')).status).toBe(404);
      const again = await redeem('one');
      expect([again.status, again.body['keyId']]).toEqual([200, made['keyId']]);
      expect((await redeem('one')).body).toEqual(again.body);
      const told = await sql.query(
        `SELECT 1 FROM outbox WHERE convert_from(body, 'UTF8') LIKE '%token.external-token.redeemed.v1%'`,
      );
      expect(told).toHaveLength(1);
    } finally {
      await sql.close();
      await service.kill9();
      await orchestrator.close();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    }
  }, 120_000);
});

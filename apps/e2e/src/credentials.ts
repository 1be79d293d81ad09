import { SCOPES, SERVICES, type ServiceName } from '@countersign/contracts';
import { systemClock } from '@countersign/kernel';
import { ServiceIdentity } from '@countersign/security';
import { testKeys } from '@countersign/testing';
import { type Bank, expectStatus } from './bank.ts';
import { basic, bearer } from './http.ts';

/** A token by which `caller` proves itself to `audience`, as the services make them. */
export function serviceToken(caller: ServiceName, audience: ServiceName): Promise<string> {
  const { serviceKeys, servicesJwks } = testKeys();
  const identity = new ServiceIdentity({
    name: caller,
    privateJwk: serviceKeys[caller],
    servicesJwks,
    clock: systemClock,
  });
  return identity.issue(audience);
}

/** Authorization headers of every kind but the right one, by name. */
export type Credentials = Record<string, string | undefined>;

/** What nobody may enter with: absent, made up, over, or of another kind than any route takes. */
export async function worthless(bank: Bank): Promise<Credentials> {
  const { key, keyId } = await bank.key(SCOPES);
  expectStatus(await bank.api('DELETE', `/v1/api-keys/${keyId}`), 204);
  // the session before the last step may still repeat that step; the one before that is good for nothing
  await bank.policy('matrix-twice', { offers: ['external'], satisfiedBy: [['external', 'external']] });
  const challenge = await bank.transaction('matrix', { requires: 'matrix-twice' });
  const page = await bank.begin({ beginTicket: challenge.beginTicket });
  const overtaken = page.session;
  await page.verify(await bank.grant('matrix', { flowId: page.flowId }));
  expectStatus(await page.abandon(), 204);
  const login = await bank.login('matrix');
  const { accessToken, idToken } = expectStatus(await login.verify(await bank.grant('matrix')), 200);
  const { beginTicket } = await bank.transaction('matrix');
  return {
    'no credential': undefined,
    'an empty one': '',
    'a garbage key': bearer('csk_garbage'),
    'a garbage key as Basic': basic('csk_garbage'),
    'malformed Basic': 'Basic %%%',
    'a revoked key': bearer(key),
    'a key without scheme': bank.apiKey,
    'a key as password': `Basic ${Buffer.from(`:${bank.apiKey}`).toString('base64')}`,
    'an access token': bearer(accessToken),
    'an id token': bearer(idToken),
    'a begin ticket': bearer(beginTicket),
    'an external token': bearer(await bank.grant('matrix')),
    'a session of two steps ago': overtaken,
    'an unsigned service token': bearer(unsigned()),
  };
}

function unsigned(): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const header = { alg: 'none', typ: 'countersign-service+jwt' };
  const claims = { iss: SERVICES[0], aud: 'token-service', iat: now, exp: now + 60, jti: 'x' };
  return `${part(header)}.${part(claims)}.`;
}

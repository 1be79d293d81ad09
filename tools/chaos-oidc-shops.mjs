/** What logins of fault runs need beforehand: clients of the demo application, and a scope for clients' own tokens. */
import { ask, expectStatus } from './smoke-steps.mjs';

/** Where clients are; nobody is asked there. */
export const CALLBACK = 'https://shop.example/callback';
/** What clients may do in their own name. */
export const OWN_SCOPE = 'chaos';

const COMMON = {
  ...{ kind: 'confidential', redirectUris: [CALLBACK], consent: 'implied', hintInFrontChannel: true },
  grantTypes: ['authorization_code', 'refresh_token'],
};
const SHOPS = {
  password: { ...COMMON, name: 'Shop', scopes: ['openid'] },
  mfa: { ...COMMON, name: 'Back office', scopes: ['openid'], mfa: { policy: 'mfa' } },
  images: { ...COMMON, name: 'Bank', scopes: ['openid', '2fa', '2fa_link'] },
};

/** Makes them; answers { password, mfa, images }, each with { clientId, secret, way }. */
export async function makeShops({ gateway, demo }) {
  const base = `${gateway}/apps/${demo.appId}`;
  const call = (...request) => ask(base, ...request);
  const scope = { description: 'What fault runs do', claims: [] };
  const put = await call('PUT', `/v1/scopes/${OWN_SCOPE}`, { key: demo.apiKey, body: scope });
  if (put.status !== 201) expectStatus(put, 200);
  const shops = {};
  for (const [way, settings] of Object.entries(SHOPS)) {
    const body = { clientId: `chaos-${way}`, ...settings };
    const made = expectStatus(await call('POST', '/v1/clients', { key: demo.apiKey, body }), 201);
    shops[way] = { way, clientId: made.client.clientId, secret: made.clientSecret };
  }
  return shops;
}

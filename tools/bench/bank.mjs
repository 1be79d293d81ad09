/** Applications and users for measurements, made through the public API. */
import { randomBytes } from 'node:crypto';
import { basic, caller } from './http.mjs';

const MOST = { perAddressHour: 100_000, perAddressDay: 100_000, perUserDay: 100_000 };
const SETTINGS = {
  openFlowsPerClientAddress: 100_000,
  messageBudgets: { ...MOST, perClientHour: 1_000_000, perPrefixDay: 1_000_000, perDay: 10_000_000 },
};
const PREPARED_AT_ONCE = 8;

/** An application in which a code by e-mail is what a login needs; nothing in it is limited by budgets. */
export async function makeBank({ gateway, platformKey }, settings = {}) {
  const appId = `bench-${randomBytes(4).toString('hex')}`;
  const platform = caller(`${gateway}/apps/platform`);
  const api = caller(`${gateway}/apps/${appId}`);
  const asPlatform = basic(platformKey);
  await platform.must(201, 'POST', '/v1/applications', {
    authorization: asPlatform,
    body: { appId, name: 'Bench', settings: { ...SETTINGS, ...settings } },
  });
  const { SCOPES } = await import('@countersign/contracts');
  const { key } = await platform.must(201, 'POST', '/v1/api-keys', {
    authorization: asPlatform,
    body: { appId, scopes: [...SCOPES] },
  });
  const authorization = basic(key);
  await api.must(200, 'PUT', '/v1/policies/bench', {
    authorization,
    body: { offers: ['otp:email'], satisfiedBy: [['otp:email']] },
  });
  await platform.must(200, 'PATCH', `/v1/applications/${appId}`, {
    authorization: asPlatform,
    body: { settings: { defaultPolicies: { login: 'bench' } } },
  });
  platform.close();
  return { appId, key, authorization, ...api };
}

/** `count` users with a verified address; answers { username, address } of each. */
export async function makeUsers(bank, count, label = 'user') {
  const users = Array.from({ length: count }, (_, at) => {
    const username = `${label}-${at}-${randomBytes(4).toString('hex')}`;
    return { username, address: `${username}@mail.example` };
  });
  await inTurn(users, async ({ username, address }) => {
    const { authorization } = bank;
    await bank.must(200, 'POST', '/fido2/v2/mgmt/grant/external-auth', { authorization, body: { username } });
    const body = { email: address, requestVerification: false };
    await bank.must(204, 'POST', `/fido2/v2/profile/${username}/email`, { authorization, body });
  });
  return users;
}

/** Works off `items`, a few at once. */
export async function inTurn(items, work) {
  const queue = [...items];
  const worker = async () => {
    for (let item = queue.pop(); item !== undefined; item = queue.pop()) await work(item);
  };
  await Promise.all(Array.from({ length: PREPARED_AT_ONCE }, worker));
}

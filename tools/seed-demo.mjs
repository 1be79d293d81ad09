/**
 * The demo application, made through the public API with the platform's key, as anybody else would make one. Only
 * what is missing is made, and the demo's key is kept in a file, so that later starts find it again.
 * In containers: `node tools/seed-demo.mjs` with GATEWAY_URL, PLATFORM_KEY_FILE and DEMO_FILE.
 */
import { existsSync, readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { replaceWhole } from './private-files.mjs';

const APP_ID = 'demo';
const SETTINGS = {
  accountExistence: 'disclose', // LoginID's behaviour; a leak that a demo can afford
  auditActions: { trust: 'broker' },
  openFlowsPerClientAddress: 10_000,
  defaultPolicies: { login: 'external', transaction: 'external' },
  openRegistration: true, // whoever is new may register a passkey, as with LoginID
  contactMinAgeSeconds: 0, // an address that was verified a moment ago may confirm a transaction
  messageBudgets: { perClientHour: 10_000, perPrefixDay: 100_000, perDay: 1_000_000 },
};
const RULE = { name: 'Address changes', auditAction: 'ChangeAddress', requires: 'external' };

/** The demo's sample vendor, as its own SDK would describe it (seed 002, db_plan). */
const PARTNER = 'partner';
const PLAN = {
  thirdPartyDataElements: [
    { name: 'Session.UserSSOIdentifier', description: 'a unique identifier for the user' },
  ],
  uiTextPrefix: 'ExampleSSO',
};
/** Where the sample vendor's handler is, on a gateway that sso-data reaches there. */
export const partnerUrlOf = (gateway) => `${gateway}/demo/partner/sso`;

/** Answers { appId, apiKey, username }: the demo as it is afterwards. Rejects with the step that was refused. */
export async function seedDemo({ gateway, platformKey, file }) {
  const platform = caller(`${gateway}/apps/platform`, platformKey);
  await platform.ensure(`/v1/applications/${APP_ID}`, 'POST', '/v1/applications', {
    appId: APP_ID,
    name: 'Demo bank',
    settings: SETTINGS,
  });
  const kept = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
  const works = kept && (await caller(`${gateway}/apps/${APP_ID}`, kept.apiKey).answers('/v1/patrol-rules'));
  const demo = works ? kept : { appId: APP_ID, apiKey: await makeKey(platform), username: 'dana' };
  if (!works) replaceWhole(file, JSON.stringify(demo));

  const owner = caller(`${gateway}/apps/${APP_ID}`, demo.apiKey);
  await owner.ensure('/v1/policies/external', 'PUT', '/v1/policies/external', {
    offers: ['external'],
    satisfiedBy: [['external']],
    onceEnrolled: 'standard',
  });
  const { items } = await owner.call('GET', '/v1/patrol-rules?limit=200');
  if (!items.some(({ auditAction }) => auditAction === RULE.auditAction))
    await owner.call('POST', '/v1/patrol-rules', RULE);
  const vendor = { name: 'A partner of the demo bank', handlerUrl: partnerUrlOf(gateway) };
  await owner.call('PUT', `/v1/vendors/${PARTNER}`, vendor);
  await owner.call('POST', `/v1/vendors/${PARTNER}/install`, PLAN);
  return demo;
}

/** A key with every scope an application's key can have. */
async function makeKey(platform) {
  const { SCOPES } = await import('@countersign/contracts');
  const body = { appId: APP_ID, name: 'Demo', scopes: [...SCOPES] };
  return (await platform.call('POST', '/v1/api-keys', body)).key;
}

/** Calls as the holder of `key` at `base`. */
function caller(base, key) {
  const send = (method, path, body) =>
    fetch(base + path, {
      method,
      headers: {
        authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}`,
        ...(body && { 'content-type': 'application/json' }),
      },
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(15_000),
    });
  const call = async (method, path, body) => {
    const answer = await send(method, path, body);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`seeding the demo: ${method} ${path} answered ${answer.status} ${text}`);
    return text && JSON.parse(text);
  };
  return {
    call,
    answers: async (path) => (await send('GET', path)).ok,
    /** Makes what `found` does not find. */
    ensure: async (found, ...making) => {
      const { status } = await send('GET', found);
      if (status === 404) await call(...making);
      else if (status !== 200) throw new Error(`seeding the demo: GET ${found} answered ${status}`);
    },
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { GATEWAY_URL: gateway, PLATFORM_KEY_FILE, DEMO_FILE: file } = process.env;
  const platformKey = readFileSync(PLATFORM_KEY_FILE, 'utf8').trim();
  const { appId } = await seedDemo({ gateway, platformKey, file });
  process.stdout.write(`demo application: ${appId}\n`);
}

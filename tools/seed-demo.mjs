/**
 * The demo application, made through the public API with the platform's key, as anybody else would make one. Only
 * what is missing is made, and the demo's key is kept in a file, so that later starts find it again.
 * In containers: `node tools/seed-demo.mjs` with GATEWAY_URL, PUBLIC_URL, PLATFORM_KEY_FILE, DEMO_FILE and DEMO_RP_FILE.
 */
import { existsSync, readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { caller } from './api-caller.mjs';
import { replaceWhole } from './private-files.mjs';
import { relyingPartyOf, seedOidc } from './seed-oidc.mjs';

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

/**
 * Answers the demo as it is afterwards: { appId, apiKey, username } and what seedOidc answers. Rejects with the step
 * that was refused. `rpFile` gets what the sample relying party may know of it.
 */
export async function seedDemo({ gateway, publicUrl, platformKey, file, rpFile }) {
  const platform = caller(`${gateway}/apps/platform`, platformKey);
  await platform.ensure(`/v1/applications/${APP_ID}`, 'POST', '/v1/applications', {
    appId: APP_ID,
    name: 'Demo bank',
    settings: SETTINGS,
  });
  const kept = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
  const works = kept && (await caller(`${gateway}/apps/${APP_ID}`, kept.apiKey).answers('/v1/patrol-rules'));
  const apiKey = works ? kept.apiKey : await makeKey(platform);
  const known = { ...kept, appId: APP_ID, apiKey, username: 'dana' };
  if (!works) replaceWhole(file, JSON.stringify(known));

  const owner = caller(`${gateway}/apps/${APP_ID}`, apiKey);
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

  const demo = { ...known, ...(await seedOidc({ gateway, publicUrl, platform, owner, kept, ...known })) };
  replaceWhole(file, JSON.stringify(demo));
  replaceWhole(rpFile, JSON.stringify(relyingPartyOf(demo)));
  return demo;
}

/** A key with every scope an application's key can have. */
async function makeKey(platform) {
  const { SCOPES } = await import('@countersign/contracts');
  const body = { appId: APP_ID, name: 'Demo', scopes: [...SCOPES] };
  return (await platform.call('POST', '/v1/api-keys', body)).key;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { GATEWAY_URL: gateway, PUBLIC_URL: publicUrl, PLATFORM_KEY_FILE } = process.env;
  const { DEMO_FILE: file, DEMO_RP_FILE: rpFile } = process.env;
  const platformKey = readFileSync(PLATFORM_KEY_FILE, 'utf8').trim();
  const { appId } = await seedDemo({ gateway, publicUrl, platformKey, file, rpFile });
  process.stdout.write(`demo application: ${appId}\n`);
}

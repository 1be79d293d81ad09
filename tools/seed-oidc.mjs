/**
 * The demo's half of sign-in and second factor by OIDC: clients, users of the directory, a scope that asks for MFA, and
 * an administrator. Secrets are shown once: they come out of what is `kept`, and are made anew where they are lost.
 */
import { randomBytes } from 'node:crypto';

const CALLBACK = '/demo/rp/callback';
/** The names by which a browser on this machine reaches the sample relying party. */
const HOSTS = ['localhost', '127.0.0.1', 'demo.localhost'];
const MFA = { policy: 'mfa' };

/** May ask for a second factor for anybody, or sign people in by itself. */
const CLIENT = {
  clientId: 'demo-rp',
  name: 'Demo shop',
  kind: 'confidential',
  grantTypes: ['authorization_code', 'refresh_token'],
  scopes: ['openid', 'profile', 'email', 'phone', 'offline_access', 'payments', '2fa', '2fa_link'],
  hintInFrontChannel: true,
};
/** Nobody signs in here by a password alone. */
const MFA_CLIENT = {
  clientId: 'demo-rp-mfa',
  name: 'Demo shop, back office',
  kind: 'confidential',
  scopes: ['openid', 'profile', 'email'],
  mfa: MFA,
  rememberDeviceSeconds: 86_400,
};
/** A scope that waits for MFA whatever the login was. */
const SCOPE = { description: 'Pay from your accounts', claims: [], mfa: MFA };

/**
 * Who there is. The first one is the demo's user, who has nothing but a password: an address of hers would be a factor,
 * and her logins by `external` would go another way.
 */
const people = (username) => [
  { username, name: 'Dana Reed' },
  { username: 'robin', name: 'Robin Vale', email: 'robin@demo.example', phoneNumber: '+12025550147' },
];
const ADMIN = { username: 'admin', name: 'Administrator', email: 'admin@demo.example' };

/**
 * Answers what the demo file holds of it. `platform` and `owner` call as the platform and as the demo application;
 * `publicUrl` is where browsers find the gateway.
 */
export async function seedOidc({ gateway, publicUrl, platform, owner, kept = {}, appId, username }) {
  const password = kept.password ?? newPassword();
  for (const person of people(username)) await ensureUser(owner, person, password, kept.password);
  const admin = { username: ADMIN.username, password: kept.admin?.password ?? newPassword() };
  await ensureUser(platform, ADMIN, admin.password, kept.admin?.password);

  await owner.call('PUT', '/v1/scopes/payments', SCOPE);
  const at = (host, path) => Object.assign(new URL(publicUrl), { hostname: host, pathname: path }).href;
  const places = {
    redirectUris: HOSTS.map((host) => at(host, CALLBACK)),
    postLogoutRedirectUris: HOSTS.map((host) => at(host, '/demo/rp')),
  };
  const issuer = `${gateway}/oidc/${appId}`;
  const secretOf = (client, secret) => ensureClient(owner, { ...client, ...places }, secret, issuer);
  return {
    // the gateway's own address, which is an issuer like its names
    issuer: at('127.0.0.1', `/oidc/${appId}`),
    clientId: CLIENT.clientId,
    clientSecret: await secretOf(CLIENT, kept.clientSecret),
    redirectUri: at('127.0.0.1', CALLBACK),
    password,
    mfaClientId: MFA_CLIENT.clientId,
    mfaClientSecret: await secretOf(MFA_CLIENT, kept.mfaClientSecret),
    mfaUsername: 'robin',
    admin,
  };
}

/** What the sample relying party has to know: nothing that administers anything. */
export const relyingPartyOf = ({ apiKey: _key, admin: _admin, ...known }) => known;

/** Nobody knows it, and it can be typed. */
const newPassword = () => randomBytes(12).toString('base64url');

/** A user of the directory with these addresses, taken for verified; with that password unless it was `set` before. */
async function ensureUser(as, { username, name, email, phoneNumber }, password, set) {
  const at = `/v1/directory/users/${username}`;
  if (!(await as.has(at))) await as.call('POST', '/v1/directory/users', { username, name, password });
  else if (password !== set) await as.call('PUT', `${at}/password`, { password });
  const profile = `/fido2/v2/profile/${username}`;
  if (email) await as.call('POST', `${profile}/email`, { email, requestVerification: false });
  if (phoneNumber) await as.call('POST', `${profile}/phone`, { phoneNumber, requestVerification: false });
}

/** Makes the client, or brings it up to date; answers a secret that works. */
async function ensureClient(owner, client, secret, issuer) {
  const { clientId, kind: _kind, ...settings } = client;
  const at = `/v1/clients/${clientId}`;
  if (!(await owner.has(at))) return (await owner.call('POST', '/v1/clients', client)).clientSecret;
  await owner.call('PATCH', at, settings);
  if (secret && (await isSecretOf(issuer, clientId, secret))) return secret;
  return (await owner.call('POST', `${at}/rotate-secret`, {})).clientSecret;
}

/** Whether the client is let in with that secret, asked of what every confidential client may ask. */
async function isSecretOf(issuer, clientId, secret) {
  const answer = await fetch(`${issuer}/introspect`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({ token: 'none' }),
    signal: AbortSignal.timeout(15_000),
  });
  return answer.ok;
}

import type { IssuedTokens, IssueTokensRequest } from '@countersign/contracts';
import { decodeUnverified, type PrivateJwk } from '@countersign/security';
import type { Answer, TestBed } from './token-service.ts';

/** A login: its flow, whose it is, and its tokens. */
export interface Login extends IssuedTokens {
  flowId: string;
  userId: string;
}

/** A completed login flow of `username` in `bank`, and its tokens. */
export async function logIn(
  bed: TestBed,
  username: string,
  more: Partial<IssueTokensRequest> = {},
): Promise<Login> {
  const appId = more.appId ?? 'bank';
  const { flowId, userId } = bed.orchestrator.openFlow(username, { appId, status: 'completed' });
  const { body } = await bed.as('mfa-orchestrator', 'POST', '/internal/tokens', {
    ...{ appId, flowId, userId, username },
    ...{ amr: ['ext', 'otp'], acr: 'aal2', authTime: 1_700_000_000 },
    ...more,
  });
  return { flowId, userId, ...(body as IssuedTokens) };
}

/** Refreshes, as a user's page does. */
export const refresh = (bed: TestBed, refreshToken: unknown, app = 'bank'): Promise<Answer> =>
  bed.call('POST', `/apps/${app}/fido2/v2/auth/refresh`, { body: { refreshToken } });

/** Whether the host's verify, introspection and the orchestrator's question all take the token for one that holds. */
export async function holds(bed: TestBed, key: string, token: string): Promise<boolean> {
  const app = 'bank';
  const verify = await bed.call('POST', '/fido2/v2/mgmt/token/verify', { key, body: { jwtAccess: token } });
  const introspected = await introspect(bed, key, token);
  const internal = await asked(bed, token, app);
  const said = [verify.status === 204, introspected.body.active, internal.status === 200];
  if (new Set(said).size !== 1) throw new Error(`the doors disagree about a token: ${said.join(', ')}`);
  return introspected.body.active as boolean;
}

/** What the orchestrator is told of a token. */
export const asked = (bed: TestBed, token: string, appId = 'bank'): Promise<Answer> =>
  bed.as('mfa-orchestrator', 'POST', '/internal/access-tokens/verify', { appId, token });

/** Introspects, form-encoded. */
export const introspect = (bed: TestBed, key: string | undefined, token: string): Promise<Answer> =>
  form(bed, 'introspect', key, { token });

/** Posts a form to one of OAuth's routes. */
export const form = (
  bed: TestBed,
  route: 'introspect' | 'revoke',
  key: string | undefined,
  fields: Record<string, string> | string,
): Promise<Answer> =>
  bed.call('POST', `/fido2/v2/mgmt/token/${route}`, {
    key,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: typeof fields === 'string' ? fields : new URLSearchParams(fields).toString(),
  });

/** Claims of a token, unverified. */
export const claimsOf = (token: string) => decodeUnverified(token).claims;

/** The key the application signs with now, unsealed: what an attacker does not have. */
export async function signingKeyOf(bed: TestBed, appId: string) {
  const [row] = await bed.rows<{ kid: string; sealed: string }>(
    `SELECT kid, sealed_private_jwk AS sealed FROM signing_keys WHERE app_id = $1 AND status = 'active'`,
    [appId],
  );
  const { vault } = bed.service.platform;
  const privateJwk = JSON.parse(vault.open(row!.sealed, `signing-key/${appId}/${row!.kid}`)) as PrivateJwk;
  return { kid: row!.kid, alg: 'ES256', privateJwk };
}

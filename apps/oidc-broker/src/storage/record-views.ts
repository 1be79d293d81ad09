/** What a user has granted a client. */
export interface GrantView {
  grantId: string;
  clientId: string;
  scopes: string[];
  /** Seconds since the epoch. */
  at: number;
}

/** A browser that a user is signed in with. */
export interface SessionView {
  sessionId: string;
  at: number;
  amr: string[];
  acr: string;
}

/** A session's payload as others see it. */
export function sessionView(payload: string): SessionView {
  const session = JSON.parse(payload) as { uid: string; loginTs: number; amr?: string[]; acr?: string };
  const { uid, loginTs, amr = [], acr = 'aal1' } = session;
  return { sessionId: uid, at: loginTs, amr, acr };
}

/** A grant's payload as others see it: without what was rejected. */
export function grantView(id: string, clientId: string, payload: string): GrantView {
  const grant = JSON.parse(payload) as {
    iat: number;
    openid?: { scope?: string };
    rejected?: { openid?: { scope?: string } };
  };
  const rejected = new Set(grant.rejected?.openid?.scope?.split(' '));
  const scopes = (grant.openid?.scope ?? '')
    .split(' ')
    .filter((scope) => scope !== '' && !rejected.has(scope));
  return { grantId: id.slice('Grant:'.length), clientId, scopes, at: grant.iat };
}

import { createHash } from 'node:crypto';
import { constantTimeEqual } from '@countersign/security';
import { type AuthorizationCode, errors, Provider } from 'oidc-provider';
import type { Accounts } from './accounts.ts';
import { type Ctx, ctxOf, type ProviderOf } from './provider.types.ts';
import { refreshStanding } from './refresh-rules.ts';

type Handler = (ctx: never) => Promise<void>;

const refuse = (description: string): never => {
  throw new errors.InvalidGrant(description);
};

/** A provider that answers codes of a second factor by itself, asks anew what refresh tokens may do, and otherwise does as it always does. */
export class OwnProvider extends Provider {
  /** Set once the provider is made: the built-in grants are registered while it is. */
  accounts: { of: ProviderOf; accounts: Accounts } | undefined;

  override registerGrantType(name: string, handler: Handler, ...more: never[]): void {
    const builtIn = handler as (ctx: Ctx) => Promise<void>;
    const own: Record<string, Handler> = {
      authorization_code: (ctx) => this.redeem(ctxOf(ctx), builtIn),
      refresh_token: (ctx) => refreshStanding(ctxOf(ctx), this.ready.of, builtIn),
    };
    super.registerGrantType(name, (own[name] ?? handler) as never, ...(more as []));
  }

  private get ready(): NonNullable<OwnProvider['accounts']> {
    if (!this.accounts) throw new Error('the provider is not ready');
    return this.accounts;
  }

  private async redeem(ctx: Ctx, otherwise: (ctx: Ctx) => Promise<void>): Promise<void> {
    const { code: value = '' } = ctx.oidc.params;
    const code = await this.AuthorizationCode.find(value, { ignoreExpiration: true });
    if (!code?.scopes.has('2fa')) return otherwise(ctx);
    checkCode(code, ctx);
    await code.consume();
    ctx.body = await this.secondFactor(ctx, code);
  }

  /** Exactly these three (V3): nothing else of a second factor is issued, and nothing is kept. */
  private async secondFactor(ctx: Ctx, code: AuthorizationCode): Promise<object> {
    const { of, accounts } = this.ready;
    const account = (await accounts.find(of.appId, code.accountId ?? '')) ?? refuse('the user is gone');
    ctx.oidc.entity('Account', account);
    const { acr, amr, authTime: auth_time, nonce } = code as AuthorizationCode & { authTime: number };
    const claims = { sub: account.accountId, preferred_username: account.user.username };
    const token = new this.IdToken({ ...claims, acr, amr, auth_time }, { ctx: ctx as never });
    Object.assign(token, { scope: 'openid 2fa' });
    token.set('nonce', nonce);
    const idToken = await token.issue({ use: 'idtoken' });
    return { id_token: idToken, token_type: 'Bearer', expires_in: 3600 };
  }
}

/** RFC 6749 §4.1.3 and RFC 7636 §4.6, as the built-in grant does. */
function checkCode(code: AuthorizationCode, { oidc }: Ctx): void {
  const { redirect_uri: redirectUri, code_verifier: verifier = '' } = oidc.params;
  if (redirectUri === undefined)
    throw new errors.InvalidRequest("missing required parameter(s) 'redirect_uri'");
  if (code.clientId !== oidc.client.clientId) refuse('client mismatch');
  if (code.isExpired) refuse('authorization code is expired');
  if ('consumed' in code && code.consumed) refuse('authorization code already consumed');
  if (code.redirectUri !== redirectUri) refuse('authorization code redirect_uri mismatch');
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  if (!/^[\w.~-]{43,128}$/.test(verifier) || !constantTimeEqual(challenge, code.codeChallenge ?? ''))
    refuse('PKCE verification failed');
}

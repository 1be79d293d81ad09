import { Provider } from 'oidc-provider';
import { isWhollyOver } from './lifetimes.ts';
import { ctxOf } from './provider.types.ts';

/** What is kept of a model, as far as it says whether it is of any use. */
interface Stored {
  loginTs?: number;
  iiat?: number;
  issuer?: string;
}

/** A model of the provider: what its declarations leave out. */
interface Model {
  IN_PAYLOAD: string[];
  verify(stored: Stored, options?: object): Promise<Stored>;
  prototype: { issuer?: string; save(): unknown };
}

/**
 * What the provider does not look at by itself, wherever it reads one. Sessions and families of refresh tokens end after
 * their whole time, however often they are used. Codes and refresh tokens are those of the issuer that the user was at
 * (invariant 1): an application has one for each origin, and an ID token of another one than the authorization response
 * named would be refused by the client at best (OpenID Connect Core §12.2, RFC 9207).
 */
export function keepBounds(provider: Provider): void {
  const { AuthorizationCode, RefreshToken, Session } = provider as unknown as Record<string, Model>;
  // whoever takes a token back may do it anywhere: "it is gone" must be true (RFC 7009 §2.2)
  const isOwn = ({ issuer }: Stored) =>
    issuer === provider.issuer || (Provider.ctx && ctxOf(Provider.ctx).oidc.route) === 'revocation';
  for (const model of [AuthorizationCode, RefreshToken] as Model[]) {
    keepIssuer(model, provider.issuer);
    onlyWhere(model, isOwn);
  }
  for (const model of [Session, RefreshToken] as Model[]) onlyWhere(model, (stored) => !isWhollyOver(stored));
}

function keepIssuer(model: Model, issuer: string): void {
  const payload = model.IN_PAYLOAD;
  Object.defineProperty(model, 'IN_PAYLOAD', { get: () => [...payload, 'issuer'] });
  const { save } = model.prototype;
  Object.assign(model.prototype, {
    save(this: Model['prototype']) {
      this.issuer = issuer;
      return save.call(this);
    },
  });
}

/** The others are found by nobody: the provider takes for not there what it cannot verify. */
function onlyWhere(model: Model, isOfUse: (stored: Stored) => boolean): void {
  const { verify } = model;
  Object.assign(model, {
    async verify(stored: Stored, options?: object) {
      if (!isOfUse(stored)) throw new Error('of no use here, or any more');
      return verify.call(model, stored, options);
    },
  });
}

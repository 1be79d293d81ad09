import type { Account, Client, Grant, KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { OidcClient } from '../clients/client.types.ts';
import type { DirectoryUser } from '../directory/directory.types.ts';
import type { Satisfied } from '../logins/enforcement.decide.ts';
import type { Proof } from '../logins/login.types.ts';
import type { OidcScope } from '../scopes/scope.types.ts';

/** What one provider is made for: an application under one origin. */
export interface ProviderOf {
  appId: string;
  origin: string;
  /** Scopes there are. */
  scopes: readonly OidcScope[];
}

/** Path below which everything of an application's provider lies. */
export const mountOf = (appId: string): string => `/oidc/${appId}`;

export const issuerOf = ({ appId, origin }: Pick<ProviderOf, 'appId' | 'origin'>): string =>
  `${origin}${mountOf(appId)}`;

/** What the pages of a login hand over when it ends. */
export interface LoginResult {
  login?: { accountId: string; ts: number; amr: string[]; acr: string; remember?: boolean };
  proofs?: Proof[];
  consent?: { grantId?: string };
  /** Instead of `login` where the request was for a second factor. */
  secondFactor?: { accountId: string; at: number; amr: string[]; acr: string };
}

/** What the provider's session holds besides its own. */
export interface OwnSession {
  uid: string;
  accountId?: string;
  loginTs?: number;
  acr?: string;
  amr?: string[];
  proofs?: Proof[];
  destroyed?: boolean;
  grantIdFor(clientId: string): string | undefined;
}

/** The context of one request to the provider: what of it is used here, with what its declarations leave out. */
export type Ctx = Omit<KoaContextWithOIDC, 'oidc'> & {
  oidc: {
    route: string;
    provider: Provider;
    session: OwnSession;
    client: Client & { settings: OidcClient };
    account?: Account & { user: DirectoryUser };
    grant?: Grant;
    result?: LoginResult;
    params: Record<string, string | undefined>;
    body?: Record<string, string | string[] | undefined>;
    requestParamScopes: Set<string>;
    requestParamOIDCScopes: Set<string>;
    requestParamClaims: Set<string>;
    entities: {
      PushedAuthorizationRequest?: { consume(): Promise<void> };
      /** `cid`: one for all interactions of an authorization request. */
      Interaction?: { uid: string; cid: string };
      AuthorizationCode?: { satisfied?: Satisfied };
      RotatedRefreshToken?: { satisfied?: Satisfied };
      AccessToken?: { satisfied?: Satisfied; scopes: Set<string> };
    };
    entity(key: string, value: unknown): void;
  };
};

/** The provider's declarations know less than there is. */
export const ctxOf = (ctx: KoaContextWithOIDC): Ctx => ctx as unknown as Ctx;

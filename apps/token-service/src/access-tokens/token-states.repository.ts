import { Believed } from '@countersign/kernel';
import { Database } from '@countersign/persistence';
import { ALIVE } from '../api-keys/api-key.repository.ts';
import { PUBLISHED } from '../signing-keys/signing-key.repository.ts';
import { familyOf } from '../tokens/claims.decide.ts';

/** The key a token names, and what is known of the token here; there is no state of one that does not hold. */
export interface TokenState {
  alg: string;
  publicJwk: Record<string, unknown>;
  /** The login it comes from; null for a grant. */
  flowId: string | null;
}

/** What a token says of itself. Nothing of it is verified yet: its state is believed once the signature is. */
export interface NamedToken {
  appId: string;
  kind: 'access' | 'grant';
  kid: string;
  jti: string;
}

const NAMED = `k.kid = $2 AND k.app_id = $1 AND ${PUBLISHED('k')}`;

const ACCESS = `
  SELECT k.alg, k.public_jwk AS "publicJwk", t.flow_id AS "flowId"
  FROM signing_keys k JOIN issued_tokens t ON t.app_id = k.app_id
  WHERE ${NAMED} AND t.jti = $3 AND t.revoked_at IS NULL AND $4::int <= t.generation
    AND NOT $4::int = ANY (t.revoked_generations)`;

const GRANT = `
  SELECT k.alg, k.public_jwk AS "publicJwk", NULL AS "flowId"
  FROM signing_keys k JOIN grant_tokens g ON g.app_id = k.app_id JOIN api_keys a ON a.key_id = g.key_id
  WHERE ${NAMED} AND g.jti = $3 AND g.revoked_at IS NULL AND ${ALIVE('a')}`;

/** Tokens asked about at a time: a user's page and its back end ask about one again and again. */
const MOST = 10_000;

/**
 * Everything a check needs of the database in one statement: the published key that signed and whether what was signed
 * still holds. Where it is believed for half a second, whatever ends a token in this process ends it at once.
 */
export class TokenStates {
  private readonly believed = new Believed<TokenState>((key) => this.read(JSON.parse(key) as NamedToken), {
    most: MOST,
  });

  private constructor(private readonly database: Database) {}

  private static readonly byDatabase = new WeakMap<Database, TokenStates>();

  /** The states in that database: the door and the services share them. */
  static of(database: Database): TokenStates {
    const known = TokenStates.byDatabase.get(database);
    if (known) return known;
    const made = new TokenStates(database);
    TokenStates.byDatabase.set(database, made);
    return made;
  }

  /** The state of a token as of now, or as of the last half second; undefined if it does not hold. */
  find(named: NamedToken, as: 'of-now' | 'believed'): Promise<TokenState | undefined> {
    return as === 'of-now' ? this.read(named) : this.believed.get(JSON.stringify(named));
  }

  /** Something ended: what is known of tokens is read anew. */
  forget(): void {
    this.believed.forget();
  }

  private async read({ appId, kind, kid, jti }: NamedToken): Promise<TokenState | undefined> {
    if (kind === 'grant')
      return (await this.database.query<TokenState>(GRANT, [appId, kid, jti], 'check a grant'))[0];
    const of = familyOf(jti);
    if (!of) return undefined;
    const params = [appId, kid, of.family, of.generation];
    return (await this.database.query<TokenState>(ACCESS, params, 'check an access token'))[0];
  }
}

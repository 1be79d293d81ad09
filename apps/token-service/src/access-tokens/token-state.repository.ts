import { Database } from '@countersign/persistence';
import { ALIVE } from '../api-keys/api-key.repository.ts';
import { PUBLISHED } from '../signing-keys/signing-key.repository.ts';

/** The key a token names, and what is known of the token here; there is no row for one that does not hold. */
export interface TokenState {
  alg: string;
  publicJwk: Record<string, unknown>;
  /** The login it comes from; null for a grant. */
  flowId: string | null;
}

const KEY = `FROM signing_keys k`;
const NAMED = `k.kid = $2 AND k.app_id = $1 AND ${PUBLISHED('k')}`;

const ACCESS = `
  SELECT k.alg, k.public_jwk AS "publicJwk", t.flow_id AS "flowId"
  ${KEY} JOIN issued_tokens t ON t.app_id = k.app_id
  WHERE ${NAMED} AND t.jti = $3 AND t.revoked_at IS NULL AND $4::int <= t.generation
    AND NOT $4::int = ANY (t.revoked_generations)`;

const GRANT = `
  SELECT k.alg, k.public_jwk AS "publicJwk", NULL AS "flowId"
  ${KEY} JOIN grant_tokens g ON g.app_id = k.app_id JOIN api_keys a ON a.key_id = g.key_id
  WHERE ${NAMED} AND g.jti = $3 AND g.revoked_at IS NULL AND ${ALIVE('a')}`;

/**
 * One statement for everything a check needs of the database: the published key that signed and whether what was
 * signed still holds. What the token names is not verified yet: the row is believed once the signature is.
 */
export class TokenStateRepository {
  constructor(private readonly database: Database) {}

  /** Of the access token of that family and generation. */
  async ofAccess(
    appId: string,
    kid: string,
    family: string,
    generation: number,
  ): Promise<TokenState | undefined> {
    const params = [appId, kid, family, generation];
    return (await this.database.query<TokenState>(ACCESS, params, 'check an access token'))[0];
  }

  /** Of the grant of that `jti`; the key that granted it must be alive. */
  async ofGrant(appId: string, kid: string, jti: string): Promise<TokenState | undefined> {
    return (await this.database.query<TokenState>(GRANT, [appId, kid, jti], 'check a grant'))[0];
  }
}

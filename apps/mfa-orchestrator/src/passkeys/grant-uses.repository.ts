import { Database } from '@countersign/persistence';
import { sha256 } from '@countersign/security';
import { Injectable } from '@nestjs/common';

/** Which grants have opened a registration: each does so once. Kept beside trust ids, and purged with them. */
@Injectable()
export class GrantUses {
  constructor(private readonly database: Database) {}

  /** Takes a grant; false if somebody took it before. `exp` in seconds since the epoch. */
  async take({ jti, exp }: { jti: string; exp: number }): Promise<boolean> {
    const rows = await this.database.query(
      `INSERT INTO trust_id_uses (token_hash, expires_at) VALUES ($1, to_timestamp($2) + interval '1 minute')
       ON CONFLICT DO NOTHING RETURNING token_hash`,
      [`grant:${sha256(jti)}`, exp],
    );
    return rows.length > 0;
  }
}

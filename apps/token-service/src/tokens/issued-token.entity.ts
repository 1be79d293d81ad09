import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { SharedClaims } from './claims.decide.ts';

/** A row of `issued_tokens`: what the tokens of a completed flow say. The tokens themselves are not kept. */
@Entity('issued_tokens')
export class IssuedTokenEntity {
  @PrimaryColumn('text', { name: 'app_id' })
  appId!: string;

  @PrimaryColumn('text', { name: 'flow_id' })
  flowId!: string;

  @Column('text')
  jti!: string;

  @Column('text', { name: 'user_id' })
  userId!: string;

  @Column('jsonb')
  claims!: SharedClaims;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt!: Date;
}

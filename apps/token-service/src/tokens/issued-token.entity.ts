import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Life, SharedClaims } from './claims.decide.ts';

/**
 * A row of `issued_tokens`: a family, what the tokens of a completed flow say and which generation of them is the newest.
 * The tokens themselves are not kept.
 */
@Entity('issued_tokens')
export class IssuedTokenEntity {
  @PrimaryColumn('text', { name: 'app_id' })
  appId!: string;

  @PrimaryColumn('text', { name: 'flow_id' })
  flowId!: string;

  /** Names the family; `jti` of its first access token. */
  @Column('text')
  jti!: string;

  @Column('text', { name: 'user_id' })
  userId!: string;

  /** Of the first generation. */
  @Column('jsonb')
  claims!: SharedClaims;

  /** When everything of the family has ended. */
  @Column('timestamptz', { name: 'expires_at' })
  expiresAt!: Date;

  @Column({ type: 'timestamptz', name: 'created_at', insert: false, update: false })
  createdAt!: Date;

  /** Refreshing ends here, however often it was done; null: it never began. */
  @Column('timestamptz', { name: 'refresh_until', nullable: true })
  refreshUntil!: Date | null;

  @Column('int', { default: 0 })
  generation!: number;

  @Column('timestamptz', { name: 'rotated_at', nullable: true })
  rotatedAt!: Date | null;

  /** Of the newest generation, where that is not the first. */
  @Column('jsonb', { nullable: true })
  latest!: Life | null;

  @Column('timestamptz', { name: 'revoked_at', nullable: true })
  revokedAt!: Date | null;

  /** Generations whose access token was revoked by itself. */
  @Column('int', { name: 'revoked_generations', array: true, default: [] })
  revokedGenerations!: number[];
}

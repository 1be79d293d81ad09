import type { Acr, MfaContext, ProofCategory } from '@countersign/contracts';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A row of `external_tokens`: what the token is bound to, and whether it is used. */
@Entity('external_tokens')
export class ExternalTokenEntity {
  @PrimaryColumn('uuid', { name: 'token_id' })
  tokenId!: string;

  @Column('text', { name: 'app_id' })
  appId!: string;

  /** SHA-256 of the token, base64url. */
  @Column('text', { name: 'token_hash' })
  tokenHash!: string;

  /** The key that vouched. */
  @Column('text', { name: 'key_id' })
  keyId!: string;

  @Column('text', { name: 'user_id' })
  userId!: string;

  @Column('text')
  context!: MfaContext;

  @Column('text', { name: 'flow_id', nullable: true })
  flowId!: string | null;

  @Column('text', { name: 'challenge_id', nullable: true })
  challengeId!: string | null;

  @Column('text', { name: 'subject_digest', nullable: true })
  subjectDigest!: string | null;

  /** The orchestrator's clock at the grant; only for tokens that name neither flow nor challenge. */
  @Column('timestamptz', { name: 'granted_at', nullable: true })
  grantedAt!: Date | null;

  @Column('text', { array: true })
  amr!: string[];

  @Column('text')
  acr!: Acr;

  @Column('text', { default: 'knowledge' })
  category!: ProofCategory;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt!: Date;

  @Column('timestamptz', { name: 'consumed_at', nullable: true })
  consumedAt!: Date | null;

  /** The attempt (flow and version) that redeemed it. */
  @Column('text', { name: 'consumed_by', nullable: true })
  consumedBy!: string | null;

  @Column('int', { default: 0 })
  redemptions!: number;

  /** Shard of its events in the outbox. */
  @Column('smallint', { name: 'outbox_shard' })
  outboxShard!: number;
}

import type { KeyConstraints, Scope } from '@countersign/contracts';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A row of `api_keys`. */
@Entity('api_keys')
export class ApiKeyEntity {
  /** UUID of version 7. */
  @PrimaryColumn('text', { name: 'key_id' })
  keyId!: string;

  @Column('text', { name: 'app_id' })
  appId!: string;

  @Column('text')
  name!: string;

  /** SHA-256 of the key, base64url; never read back. */
  @Column('text', { name: 'key_hash', select: false })
  keyHash!: string;

  @Column('text', { array: true })
  scopes!: Scope[];

  @Column('jsonb')
  constraints!: KeyConstraints;

  /** The key that made it; null for the first of all. */
  @Column('text', { name: 'created_by', nullable: true })
  createdBy!: string | null;

  @Column({ type: 'timestamptz', name: 'created_at', insert: false, update: false })
  createdAt!: Date;

  /** Null: never. */
  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt!: Date | null;

  @Column('timestamptz', { name: 'revoked_at', nullable: true })
  revokedAt!: Date | null;
}

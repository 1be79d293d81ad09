import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A row of `signing_keys`. */
@Entity('signing_keys')
export class SigningKeyEntity {
  /** Thumbprint of the public key (RFC 7638). */
  @PrimaryColumn('text')
  kid!: string;

  @Column('text', { name: 'app_id' })
  appId!: string;

  @Column('text')
  alg!: 'ES256';

  /** `active` signs; `retiring` is still published for what it signed. */
  @Column('text')
  status!: 'active' | 'retiring';

  @Column('jsonb', { name: 'public_jwk' })
  publicJwk!: Record<string, unknown>;

  /** Sealed by the vault for this application and kid. */
  @Column('text', { name: 'sealed_private_jwk' })
  sealedPrivateJwk!: string;

  @Column({ type: 'timestamptz', name: 'created_at', insert: false, update: false })
  createdAt!: Date;

  /** When a retiring key verifies nothing more. */
  @Column('timestamptz', { name: 'retires_at', nullable: true })
  retiresAt!: Date | null;
}

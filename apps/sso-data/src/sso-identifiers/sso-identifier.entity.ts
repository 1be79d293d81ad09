import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A row of `sso_identifiers`. */
@Entity('sso_identifiers')
export class SsoIdentifierEntity {
  @PrimaryColumn('text', { name: 'app_id' })
  appId!: string;

  @PrimaryColumn('text', { name: 'username_key' })
  usernameKey!: string;

  @Column('text', { name: 'user_id' })
  userId!: string;

  @Column('text', { name: 'sealed_value' })
  sealedValue!: string;

  @Column('text', { name: 'key_id' })
  keyId!: string;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;
}

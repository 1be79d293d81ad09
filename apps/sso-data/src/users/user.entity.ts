import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A row of `users`: somebody whose values are kept here, or the tombstone of somebody who is gone. */
@Entity('users')
export class UserEntity {
  @PrimaryColumn('text', { name: 'app_id' })
  appId!: string;

  @PrimaryColumn('text', { name: 'user_id' })
  userId!: string;

  /** The username in the form it is compared in; null once erased. */
  @Column('text', { name: 'username_key', nullable: true })
  usernameKey!: string | null;

  /** When mfa-orchestrator said so, by its clock. */
  @Column('timestamptz', { name: 'resolved_at', nullable: true })
  resolvedAt!: Date | null;

  @Column('timestamptz', { name: 'erased_at', nullable: true })
  erasedAt!: Date | null;

  /** The user's own key, sealed; null until there is a value, and once erased. */
  @Column('text', { name: 'data_key', nullable: true, select: false })
  dataKey!: string | null;

  /** By which key-encryption key. */
  @Column('text', { name: 'data_key_kek', nullable: true, select: false })
  dataKeyKek!: string | null;
}

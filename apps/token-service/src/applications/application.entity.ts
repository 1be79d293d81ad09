import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { SetSettings } from './settings.decide.ts';

/** A row of `applications`. */
@Entity('applications')
export class ApplicationEntity {
  @PrimaryColumn('text', { name: 'app_id' })
  appId!: string;

  @Column('text')
  name!: string;

  /** What was set; defaults are added on reading. */
  @Column('jsonb')
  settings!: SetSettings;

  @Column({ type: 'timestamptz', name: 'created_at', insert: false, update: false })
  createdAt!: Date;

  @Column({ type: 'timestamptz', name: 'updated_at', insert: false, update: false })
  updatedAt!: Date;
}

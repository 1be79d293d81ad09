import { Column, Entity, PrimaryColumn, VersionColumn } from 'typeorm';
import { openTestDatabase } from '../test/test-database.ts';
import { StaleVersion } from './index.ts';

@Entity('notes')
class Note {
  @PrimaryColumn('text') id!: string;
  @Column('text') text!: string;
  @VersionColumn() version!: number;
}

const migrations = [
  {
    name: '0001-notes',
    up: 'CREATE TABLE notes (id text PRIMARY KEY, text text NOT NULL, version integer NOT NULL)',
  },
];

describe('TypeORM entities in a transaction', () => {
  let server: Awaited<ReturnType<typeof openTestDatabase>>;
  beforeAll(async () => {
    server = await openTestDatabase('entities', { migrations, entities: [Note] });
  });
  afterAll(() => server.close());
  const count = () => server.db.query('SELECT 1 FROM notes').then((rows) => rows.length);

  it('style 4: what the manager saves stands or falls with the statements around it', async () => {
    const save = (fail: boolean) =>
      server.db.transaction(async (tx) => {
        await tx.manager.save(Note, { id: 'n1', text: 'first' });
        await tx.manager.transaction((inner) => inner.save(Note, { id: 'n2', text: 'nested' }));
        expect(await tx.query('SELECT 1 FROM notes')).toHaveLength(2);
        if (fail) throw new Error('rolled back');
      });
    await expect(save(true)).rejects.toThrow('rolled back');
    expect(await count()).toBe(0);
    await save(false);
    expect(await count()).toBe(2);
  });

  it('design "persistence": an optimistic version that was lost comes out as StaleVersion', async () => {
    const read = server.db.transaction((tx) =>
      tx.manager.findOne(Note, { where: { id: 'n1' }, lock: { mode: 'optimistic', version: 7 } }),
    );
    await expect(read).rejects.toBeInstanceOf(StaleVersion);
  });
});

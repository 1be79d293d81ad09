import { publishBatches } from './publish-batches.ts';

const row = (seq: number, bytes: number) => ({
  seq: String(seq),
  topic: 't',
  key: null,
  headers: {},
  body: Buffer.alloc(bytes),
});

describe('batches for one request', () => {
  it('cuts before 900 KB and keeps the order', () => {
    const batches = [...publishBatches([row(1, 500_000), row(2, 400_000), row(3, 1), row(4, 100)])];
    expect(batches.map((batch) => batch.map(({ seq }) => seq))).toEqual([
      ['1', '2'],
      ['3', '4'],
    ]);
  });

  it('lets a row go alone that fills one by itself', () => {
    expect([...publishBatches([row(1, 900_001), row(2, 1)])]).toHaveLength(2);
    expect([...publishBatches([])]).toEqual([]);
  });
});

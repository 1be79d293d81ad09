import type { PendingRow } from './relay-lease.ts';

/** One request must fit the broker's default message size (1 MB), which holds for the batch of a partition. */
const MOST_BYTES = 900_000;

/** Cuts rows into batches of at most 900 KB, in their order. */
export function* publishBatches(rows: PendingRow[]): Generator<PendingRow[]> {
  let batch: PendingRow[] = [];
  let bytes = 0;
  for (const row of rows) {
    if (batch.length > 0 && bytes + row.body.length > MOST_BYTES) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(row);
    bytes += row.body.length;
  }
  if (batch.length > 0) yield batch;
}

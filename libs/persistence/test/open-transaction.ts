import type { Database, Tx } from '../src/index.ts';

/** A transaction a test holds open to let another session act meanwhile. */
export interface OpenTransaction {
  tx: Tx;
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

class TestRollback extends Error {}

/** Opens a transaction of `db` and answers once it is open. */
export async function openTransaction(db: Database): Promise<OpenTransaction> {
  const opened = Promise.withResolvers<Tx>();
  const end = Promise.withResolvers<void>();
  const done = db.transaction(async (tx) => {
    opened.resolve(tx);
    await end.promise;
  });
  done.catch(opened.reject);
  const tx = await opened.promise;
  return {
    tx,
    commit: () => {
      end.resolve();
      return done;
    },
    rollback: () => {
      end.reject(new TestRollback());
      return done.catch((error: unknown) => {
        if (!(error instanceof TestRollback)) throw error;
      });
    },
  };
}

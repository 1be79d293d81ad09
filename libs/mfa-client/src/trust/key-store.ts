/// <reference lib="dom" />

/** The key of one user in one browser, and its name. The private half cannot be exported. */
export interface TrustKey {
  id: string;
  publicKey: CryptoKey;
  privateKey: CryptoKey;
}

/** Where device keys live. In Node, give one of your own: a key that is lost is another device. */
export interface TrustKeyStore {
  find(name: string): Promise<TrustKey | undefined>;
  /** Keeps `made` unless there is a key by that name already; answers the one that is kept. Atomic. */
  keep(name: string, made: TrustKey): Promise<TrustKey>;
  forget(name: string): Promise<void>;
}

/** Keys in memory: a device for as long as the process lives. */
export function memoryKeyStore(): TrustKeyStore {
  const keys = new Map<string, TrustKey>();
  return {
    find: async (name) => keys.get(name),
    keep: async (name, made) => {
      const kept = keys.get(name) ?? made;
      keys.set(name, kept);
      return kept;
    },
    forget: async (name) => void keys.delete(name),
  };
}

const STORE = 'keys';

/** Keys in IndexedDB, which holds CryptoKeys without ever showing them. */
export function indexedDbKeyStore(database = 'countersign-trust'): TrustKeyStore {
  const within = async <T>(
    mode: IDBTransactionMode,
    work: (store: IDBObjectStore) => Promise<T>,
  ): Promise<T> => {
    const opening = indexedDB.open(database, 1);
    opening.onupgradeneeded = () => void opening.result.createObjectStore(STORE);
    const open = await done(opening);
    try {
      return await work(open.transaction(STORE, mode).objectStore(STORE));
    } finally {
      open.close();
    }
  };
  const find = (store: IDBObjectStore, name: string) => done<TrustKey | undefined>(store.get(name));
  return {
    find: (name) => within('readonly', (store) => find(store, name)),
    keep: (name, made) =>
      // one transaction: two tabs that begin at once end up with one key
      within('readwrite', async (store) => {
        const kept = await find(store, name);
        if (kept) return kept;
        await done(store.put(made, name));
        return made;
      }),
    forget: (name) => within('readwrite', async (store) => void (await done(store.delete(name)))),
  };
}

const done = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('IndexedDB failed'));
  });

/** IndexedDB in browsers; nothing elsewhere. */
export function usualKeyStore(): TrustKeyStore | undefined {
  try {
    return 'indexedDB' in globalThis && indexedDB ? indexedDbKeyStore() : undefined;
  } catch {
    return undefined;
  }
}

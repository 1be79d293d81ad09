import { isObject } from './answers.ts';
import type { FlowState } from './session.types.ts';

/** Where the flow is kept: `sessionStorage`, `localStorage`, or anything of the same shape. */
export interface KeyValueStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** Nothing outlives the page. */
export function memoryStorage(): KeyValueStorage {
  const kept = new Map<string, string>();
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  };
}

/** A tab's own storage in browsers, so that a reload goes on with the flow; memory elsewhere, or where it is blocked. */
export function usualStorage(): KeyValueStorage {
  try {
    const { sessionStorage } = globalThis as { sessionStorage?: KeyValueStorage };
    if (sessionStorage && 'document' in globalThis) return sessionStorage;
  } catch {
    // a browser that blocks site data throws on the first look
  }
  return memoryStorage();
}

const EMPTY: FlowState = { username: '', next: [], because: [] };

/** The flow of one client. Reads once; what storage cannot hold is still in memory. */
export class FlowStore {
  private current: FlowState;
  private readonly listeners = new Set<() => void>();
  private readonly key: string;

  constructor(
    private readonly storage: KeyValueStorage,
    appId: string,
  ) {
    this.key = `Countersign_${appId}_mfa-session`;
    this.current = this.read();
  }

  get state(): FlowState {
    return this.current;
  }

  set(state: FlowState): void {
    this.current = state;
    try {
      this.storage.setItem(this.key, JSON.stringify(state));
    } catch {
      // full or blocked: the page goes on from memory
    }
    for (const listener of this.listeners) listener();
  }

  clear(): void {
    this.current = EMPTY;
    try {
      this.storage.removeItem(this.key);
    } catch {
      // blocked: there is nothing in it either
    }
    for (const listener of this.listeners) listener();
  }

  /** Calls `listener` after every change, until the returned function is called. */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  private read(): FlowState {
    try {
      const found: unknown = JSON.parse(this.storage.getItem(this.key) ?? 'null');
      const isState = isObject(found) && typeof found.username === 'string' && Array.isArray(found.next);
      return isState ? { ...EMPTY, ...(found as unknown as FlowState) } : EMPTY;
    } catch {
      return EMPTY;
    }
  }
}

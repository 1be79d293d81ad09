import type { Follow, InRecord } from './transport.ts';

/** How a follower is given records: what it throws blocks nobody, and counts as a gap for it. */
export const tolerant =
  ({ onRecords, onGap }: Pick<Follow, 'onRecords' | 'onGap'>) =>
  async (records: InRecord[]): Promise<void> => {
    try {
      await onRecords(records);
    } catch {
      onGap();
    }
  };

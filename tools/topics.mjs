/**
 * Makes the topics of libs/contracts, which nothing else creates. Needs a build.
 * `node tools/topics.mjs <broker,…>` does it by hand and in containers.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

/** Provisions every topic on `brokers`, which may still be coming up: tried for `patienceMs`. Answers the new ones. */
export async function provision(brokers, { patienceMs = 60_000 } = {}) {
  const { provisionTopics } = await import('@countersign/messaging');
  const end = performance.now() + patienceMs;
  for (;;) {
    try {
      return await provisionTopics(brokers);
    } catch (error) {
      if (performance.now() > end) throw error;
      await pause(250);
    }
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const made = await provision(process.argv[2].split(','));
  process.stdout.write(made.length > 0 ? `topics made: ${made.join(', ')}\n` : 'topics: all there\n');
}

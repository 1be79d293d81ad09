import { skipAloud } from '@countersign/testing';
import { launchBrowser } from './browser.ts';

/** Why there is no browser here (another system, a library that Chromium misses); undefined: there is one. */
async function obstacle(): Promise<string | undefined> {
  try {
    await (await launchBrowser()).close();
    return undefined;
  } catch (error) {
    return String(error).split('\n', 1)[0];
  }
}

/**
 * A `describe` for suites in a real browser; where none can be started they are skipped, and that is said. With
 * `REQUIRE_BROWSER=1` it is an error: continuous integration never skips. To be awaited at the top of a file.
 */
export async function describeBrowser(title: string, suite: () => void): Promise<void> {
  const missing = await obstacle();
  if (missing === undefined) return describe(title, suite);
  if (process.env.REQUIRE_BROWSER === '1') throw new Error(`REQUIRE_BROWSER=1, but: ${missing}`);
  skipAloud(title, `no browser (${missing}; CHROME_PATH names one)`);
}

/** What a run came to, out of Jest's result file. */
import { existsSync, readFileSync } from 'node:fs';

/**
 * { lines, failed }: what was skipped by name, and last `N passed, M failed[, K skipped]`. A file that could not be
 * run counts as one failure: its tests are not there to fail.
 */
export function summary(file) {
  if (!existsSync(file)) return { lines: ['0 passed, 1 failed'], failed: 1 };
  const result = JSON.parse(readFileSync(file, 'utf8'));
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
  const skipped = result.numPendingTests + result.numTodoTests;
  const counts = `${result.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
  return { lines: [...skippedTests(result), counts], failed };
}

const skippedTests = ({ testResults }) =>
  testResults.flatMap(({ assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'pending' || status === 'todo')
      .map(({ fullName }) => `SKIPPED: ${fullName}`),
  );

import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** Names and values as a process gets them. */
export type Environment = Record<string, string | undefined>;

/** What is wrong with the environment: names and reasons, never values, because values may be secrets. */
export class EnvironmentInvalid extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`The environment is not usable:\n  ${problems.join('\n  ')}`);
    this.name = 'EnvironmentInvalid';
  }
}

/**
 * Reads and checks settings. This is the one place that looks at `process.env`.
 * `FOO_FILE` names a file that holds `FOO` (secrets of containers); an empty value counts as absent.
 * Throws {@link EnvironmentInvalid}.
 */
export function readEnvironment<S extends z.ZodObject>(
  schema: S,
  env: Environment = process.env,
): z.output<S> {
  const problems: string[] = [];
  const given: Environment = {};
  for (const key of Object.keys(schema.shape)) {
    const direct = env[key] || undefined;
    const file = env[`${key}_FILE`] || undefined;
    if (direct !== undefined && file !== undefined)
      problems.push(`${key}: both ${key} and ${key}_FILE are set`);
    else given[key] = file === undefined ? direct : fromFile(key, file, problems);
  }
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      const key = String(issue.path[0] ?? '');
      const absent =
        given[key] === undefined && !problems.some((problem) => problem.startsWith(`${key}_FILE`));
      problems.push(absent ? `${key}: is missing` : `${key}: ${issue.message}`);
    }
  }
  if (problems.length > 0 || !parsed.success) throw new EnvironmentInvalid([...new Set(problems)]);
  return parsed.data;
}

function fromFile(key: string, path: string, problems: string[]): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    problems.push(
      `${key}_FILE: cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'})`,
    );
    return undefined;
  }
}

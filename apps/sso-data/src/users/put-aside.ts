import type { Logger } from '@countersign/service-kit';

/** More than this many are no accident of a row, and nothing goes on before somebody has looked. */
const MAX = 1000;

/** Users of whom something cannot be opened: left out until the next start, so that everybody else's turn comes. */
export class PutAside {
  private readonly users = new Set<string>();

  constructor(
    private readonly logger: Logger,
    private readonly what: string,
  ) {}

  add(appId: string, userId: string, error: unknown): void {
    this.users.add(`${appId}:${userId}`);
    this.logger.error({ err: error, appId, userId }, this.what);
  }

  /** As `appId:userId`. Throws when there are too many. */
  list(): string[] {
    if (this.users.size >= MAX) throw new Error(`${this.what}: of ${MAX} users, so nothing more is tried`);
    return [...this.users];
  }
}

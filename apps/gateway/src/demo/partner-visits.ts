import { randomToken, type Clock } from '@countersign/kernel';

/** A user who came, or may come, by a link. */
export interface Visit {
  /** What the partner knows the user by. */
  identifier: string;
  /** Whether the partner minted it for this visit. */
  isNew: boolean;
  at: Date;
}

const LINK_SECONDS = 300;
const KEPT = 100;

/** The partner's side of the story, in memory: links that were handed out, and who came by them. */
export class PartnerVisits {
  private readonly links = new Map<string, Visit>();
  private readonly seen: Visit[] = [];

  constructor(private readonly clock: Clock) {}

  /** A link's code, good once, for five minutes. */
  expect(identifier: string, isNew: boolean): string {
    const code = randomToken();
    this.links.set(code, { identifier, isNew, at: this.clock.now() });
    for (const [oldest] of this.links) if (this.links.size > KEPT) this.links.delete(oldest);
    return code;
  }

  /** Who comes by this link; undefined for one that was used, is too old, or is none. */
  arrive(code: string): Visit | undefined {
    const visit = this.links.get(code);
    this.links.delete(code);
    const now = this.clock.now();
    if (!visit || now.getTime() - visit.at.getTime() > LINK_SECONDS * 1000) return undefined;
    const arrived = { ...visit, at: now };
    this.seen.unshift(arrived);
    this.seen.length = Math.min(this.seen.length, KEPT);
    return arrived;
  }

  /** The latest arrivals, newest first. */
  latest(count: number): readonly Visit[] {
    return this.seen.slice(0, count);
  }
}

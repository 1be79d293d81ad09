import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { BoundedQueue, type BoundedQueueOptions } from './bounded-queue.ts';

/** What argon2id costs. Written beside each hash, so that it can be raised: see {@link PasswordChecked.outdated}. */
export interface PasswordCost {
  /** In KiB. */
  memory: number;
  passes: number;
  parallelism: number;
}

export interface PasswordChecked {
  matches: boolean;
  /** It matches, but was hashed at another cost: hash it anew while it is at hand. */
  outdated: boolean;
}

/** Whose password it is, and who asks. */
export interface PasswordBinding {
  /** Bound into the hash: one copied to another user's row matches nothing. */
  owner: string;
  /** Whose turns in the queue it counts as: the client's network. */
  from: string;
}

export interface PasswordHasherOptions extends Partial<BoundedQueueOptions> {
  cost?: PasswordCost;
}

/** OWASP ASVS 5 appendix C: 46 MiB, one pass, one lane. */
const COST: PasswordCost = { memory: 47_104, passes: 1, parallelism: 1 };
const SALT_BYTES = 16;
const TAG_BYTES = 32;
const PHC =
  /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{43})$/;

interface Stored extends PasswordCost {
  salt: Buffer;
  tag: Buffer;
}

/**
 * Keeps passwords as argon2id (RFC 9106) under a pepper that is in no database, bound to their owner. Every check costs
 * one run, also of a user who has no password. A run takes 46 MiB and a thread: few run at once and few wait, the others
 * are refused (QueueFull), so that a flood of passwords takes neither the memory nor the process (API-09).
 */
export class PasswordHasher {
  private readonly queue: BoundedQueue;
  private readonly cost: PasswordCost;
  /** What is compared with where there is nothing to compare with. Matches no password: see {@link check}. */
  private readonly nothing: Stored;

  /** `pepper`: a key for this purpose alone, `vault.derive('password-pepper/v1')`. Throws TypeError on a short one. */
  constructor(
    private readonly pepper: Uint8Array,
    { cost = COST, ...queue }: PasswordHasherOptions = {},
  ) {
    // an empty one would be no pepper, and nobody would notice
    if (pepper.length < 8) throw new TypeError('the pepper is too short');
    this.cost = cost;
    this.nothing = { ...cost, salt: randomBytes(SALT_BYTES), tag: randomBytes(TAG_BYTES) };
    // one core is left to everybody else, and one thread of libuv's four
    const running = Math.max(1, Math.min(3, availableParallelism() - 1));
    // 16 of a network, for many people may be behind one address: they are in nobody's way, see BoundedQueue
    this.queue = new BoundedQueue({ running, waiting: 32, waitingOfOne: 16, ...queue });
  }

  /** The password as it is to be kept: a PHC string with salt and cost. Throws QueueFull. */
  async hash(password: string, binding: PasswordBinding): Promise<string> {
    const salt = randomBytes(SALT_BYTES);
    const tag = await this.run(password, { ...this.cost, salt }, binding);
    const { memory, passes, parallelism } = this.cost;
    return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${unpadded(salt)}$${unpadded(tag)}`;
  }

  /**
   * Whether `password` is the one kept as `stored`. Without one, or with one that cannot be read, it takes as long and
   * does not match. Throws QueueFull.
   */
  async check(
    stored: string | undefined,
    password: string,
    binding: PasswordBinding,
  ): Promise<PasswordChecked> {
    const kept = stored === undefined ? undefined : parse(stored);
    const { tag, ...how } = kept ?? this.nothing;
    const equal = timingSafeEqual(await this.run(password, how, binding), tag);
    const matches = equal && kept !== undefined;
    return { matches, outdated: matches && !sameCost(how, this.cost) };
  }

  private run(
    password: string,
    { memory, passes, parallelism, salt }: Omit<Stored, 'tag'>,
    { owner, from }: PasswordBinding,
  ): Promise<Buffer> {
    const parameters = {
      // bytes, not text: no NUL ends it, nothing is cut off
      message: Buffer.from(password, 'utf8'),
      nonce: salt,
      secret: this.pepper,
      associatedData: Buffer.from(owner, 'utf8'),
      tagLength: TAG_BYTES,
      ...{ memory, passes, parallelism },
    };
    return this.queue.run(
      from,
      () =>
        new Promise((done, failed) =>
          argon2('argon2id', parameters, (error, tag) => (error ? failed(error) : done(tag))),
        ),
    );
  }
}

function parse(stored: string): Stored | undefined {
  const found = PHC.exec(stored);
  if (!found) return undefined;
  const [memory, passes, parallelism] = found.slice(1, 4).map(Number) as [number, number, number];
  const [salt, tag] = found.slice(4).map((text) => Buffer.from(text, 'base64')) as [Buffer, Buffer];
  return { memory, passes, parallelism, salt, tag };
}

const sameCost = (a: PasswordCost, b: PasswordCost): boolean =>
  a.memory === b.memory && a.passes === b.passes && a.parallelism === b.parallelism;

const unpadded = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');

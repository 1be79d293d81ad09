import type { Clock } from '@countersign/kernel';
import { QueueFull } from '@countersign/security';
import { InjectClock } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { DirectoryService } from '../directory/directory.service.ts';
import type { Login, PageContext, Proof, Step, StepOutcome, StepRequest } from '../logins/login.types.ts';
import { picksOf } from './grids.decide.ts';
import { type NameShown, PasscodeGrids } from './passcode-grids.ts';
import { PasscodeLocks } from './passcode-locks.ts';
import { challengePage } from './passcode-pages.ts';
import { BUSY, INCOMPLETE, LIMITED, REFUSED } from './passcode-texts.ts';
import { PasscodeRepository } from './passcode.repository.ts';
import { PasscodeVerifier } from './passcode-verifier.ts';

/** Something one knows (RFC 8176 `kba`), and nothing more: it is never possession. */
export const passcodeProof = (clock: Clock): Proof => ({
  factor: 'image-passcode',
  at: Math.floor(clock.now().getTime() / 1000),
  amr: ['kba'],
  acr: 'aal1',
});

/** Whom the images are asked of, and where: `uid` is the id of the login, or of the account's session. */
export type Challenged = Pick<Login, 'appId' | 'uid' | 'userId' | 'username'>;

/**
 * Asks for the images, all rounds on one page and one verdict at the end. Whoever is unknown, disabled or has no passcode
 * gets a page like everybody's, and the same answers after the same time.
 */
@Injectable()
export class ImagePasscodeStep implements Step {
  constructor(
    private readonly grids: PasscodeGrids,
    private readonly verifier: PasscodeVerifier,
    private readonly locks: PasscodeLocks,
    private readonly passcodes: PasscodeRepository,
    private readonly directory: DirectoryService,
    @InjectClock() private readonly clock: Clock,
  ) {}

  async page(
    { appId, uid, username = '' }: Challenged,
    context: PageContext,
    error?: string,
  ): Promise<string> {
    const { shown } = await this.grids.of(appId, username);
    const grids = this.grids.grids(appId, username, shown);
    return challengePage(context, { username, grids: this.grids.laidOut(grids, `challenge:${uid}`), error });
  }

  async submit(
    login: Challenged,
    { form, clientAddress }: Pick<StepRequest, 'form' | 'clientAddress'>,
  ): Promise<StepOutcome> {
    const { appId, uid, username = '' } = login;
    const name = await this.grids.of(appId, username);
    const picks = picksOf(form, this.grids.grids(appId, username, name.shown));
    // no sequence, so no guess: what is refused here is not compared with anything
    if (!picks) return { kind: 'again', error: INCOMPLETE, comparedNothing: true };
    const { allowed, retryAfterSeconds } = await this.locks.ofNetwork(appId, clientAddress);
    if (!allowed) return { kind: 'again', error: LIMITED, retryAfterSeconds };
    const left = await this.locks.ofLogin(appId, uid);
    if (left === undefined) return ENDED;
    const outcome = await this.compare(login, name, picks, clientAddress);
    if (outcome === 'busy') return { kind: 'again', error: BUSY, retryAfterSeconds: 2 };
    if (outcome) return { kind: 'proved', proof: passcodeProof(this.clock), ...outcome };
    return left === 0 ? ENDED : { kind: 'again', error: REFUSED };
  }

  /** Whose sequence it was; undefined if nobody's, or locked. */
  private async compare(
    { appId, uid, userId, username = '' }: Challenged,
    { kept, shown }: NameShown,
    picks: string[],
    clientAddress: string,
  ): Promise<{ userId: string; username: string } | 'busy' | undefined> {
    // a passcode counts only for whom the login is about: the name may have been another's (V1)
    const own = kept && kept.userId === userId ? kept : undefined;
    const owner = { appId, userId: own?.userId ?? '', generation: shown.generation, clientAddress };
    // beside each other, so that locked takes as long as wrong; nothing is told before both have ended (OTP-09)
    const [isOpen, matches] = await Promise.all([
      this.locks.ofName(appId, username, own !== undefined),
      this.verifier.matches(own?.verifier, picks, owner).catch(busy),
    ]);
    if (matches === 'busy') {
      await this.locks.giveBack({ appId, uid, username, clientAddress }, isOpen);
      return 'busy';
    }
    if (!isOpen || !matches || !own) return undefined;
    // removed, replaced or disabled while it was being compared (ST-17)
    if (!(await this.passcodes.use(appId, own.userId, own.verifier))) return undefined;
    const user = await this.directory.find(appId, own.userId);
    if (!user?.enabled) return undefined;
    await this.locks.giveBack({ appId, uid, username, clientAddress });
    return { userId: user.userId, username: user.username };
  }
}

const ENDED = { kind: 'ended', reason: 'too-many-tries' } as const;

const busy = (error: unknown): 'busy' => {
  if (error instanceof QueueFull) return 'busy';
  throw error;
};

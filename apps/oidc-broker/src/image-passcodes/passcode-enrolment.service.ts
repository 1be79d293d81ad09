import { randomInt } from 'node:crypto';
import { constantTimeEqual, QueueFull } from '@countersign/security';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { PageContext } from '../logins/login.types.ts';
import { GRID_SIZES, picksOf } from './grids.decide.ts';
import { BUSY, INCOMPLETE } from './passcode-texts.ts';
import { PasscodeGrids } from './passcode-grids.ts';
import { type Made, PasscodeMaking } from './passcode-making.service.ts';
import { choosePage, repeatPage } from './passcode-pages.ts';
import { PasscodeVerifier } from './passcode-verifier.ts';
import { sameShown } from './shown.decide.ts';

export const MISMATCH = 'These are not the images you chose. Try once more, or start again.';
export const CHANGED = 'Something changed in the meantime. Choose your images again.';

/** Who makes a passcode, and where: `seed` is the id of the login or session whose pages these are. */
export interface EnrolmentSubject {
  appId: string;
  /** Absent: the directory has no such user yet, and gets them with the passcode. */
  userId?: string | undefined;
  username: string;
  seed: string;
  /** A former passcode ends. Without it who has one keeps it. */
  replaces: boolean;
}

/** Kept between the pages. The sequence itself is not: a fingerprint of it is. */
const enrolmentState = z.object({
  shown: z.object({ rounds: z.int(), gridSize: z.literal(GRID_SIZES), generation: z.int() }).optional(),
  suggested: z.array(z.string()).optional(),
  chosen: z.string().optional(),
});
type EnrolmentState = z.infer<typeof enrolmentState>;

export type EnrolmentOutcome =
  | { kind: 'again'; state: unknown; error?: string; retryAfterSeconds?: number }
  | ({ kind: 'made' } & Extract<Made, { userId: string }>)
  /** `enrolled`: there is a passcode already. `no-user`: nobody who may have one. */
  | { kind: 'refused'; reason: 'enrolled' | 'no-user' };

/** Making a passcode: choose an image of each grid, repeat it on another page. For logins and for the user's own page. */
@Injectable()
export class PasscodeEnrolment {
  constructor(
    private readonly grids: PasscodeGrids,
    private readonly verifier: PasscodeVerifier,
    private readonly making: PasscodeMaking,
  ) {}

  /** The page that is due. `state`: what the last `again` said. */
  async page(
    subject: EnrolmentSubject,
    context: PageContext,
    state: unknown,
    error?: string,
  ): Promise<string> {
    const { appId, username, seed } = subject;
    const { chosen, shown, suggested } = stateOf(state);
    const grids = this.grids.grids(appId, username, shown ?? (await this.grids.next(appId, username)).next);
    const stage = chosen === undefined ? 'choose' : 'repeat';
    const page = { username, grids: this.grids.laidOut(grids, `${stage}:${seed}`), error };
    return chosen === undefined ? choosePage(context, page, suggested) : repeatPage(context, page);
  }

  /** Takes a form of these pages. */
  async submit(
    subject: EnrolmentSubject,
    { form, clientAddress }: { form: Record<string, string>; clientAddress: string },
    state: unknown,
  ): Promise<EnrolmentOutcome> {
    const { appId, username } = subject;
    const { chosen, shown } = stateOf(state);
    const { next } = await this.grids.next(appId, username);
    if (shown && !sameShown(shown, next)) return { kind: 'again', state: {}, error: CHANGED };
    if (form.action === 'restart') return { kind: 'again', state: {} };
    const grids = this.grids.grids(appId, username, next);
    if (form.action === 'suggest') {
      const suggested = grids.map((grid) => grid[randomInt(grid.length)] as string);
      return { kind: 'again', state: { shown: next, suggested } satisfies EnrolmentState };
    }
    const picks = picksOf(form, grids);
    if (!picks) return { kind: 'again', state, error: INCOMPLETE };
    const fingerprint = this.verifier.fingerprint(
      picks,
      appId,
      username,
      subject.seed,
      String(next.generation),
    );
    if (chosen === undefined)
      return { kind: 'again', state: { shown: next, chosen: fingerprint } satisfies EnrolmentState };
    if (!constantTimeEqual(chosen, fingerprint)) return { kind: 'again', state, error: MISMATCH };
    try {
      const made = await this.making.make(subject, { shown: next, picks, clientAddress });
      if (made === 'changed') return { kind: 'again', state: {}, error: CHANGED };
      return typeof made === 'string' ? { kind: 'refused', reason: made } : { kind: 'made', ...made };
    } catch (error) {
      if (!(error instanceof QueueFull)) throw error;
      return { kind: 'again', state, error: BUSY, retryAfterSeconds: 2 };
    }
  }
}

const stateOf = (state: unknown): EnrolmentState => enrolmentState.safeParse(state).data ?? {};

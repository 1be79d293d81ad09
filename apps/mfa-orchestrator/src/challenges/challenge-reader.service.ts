import { tidyUsername } from '@countersign/contracts';
import { accept, refuse, type Decision } from '@countersign/kernel';
import { Injectable } from '@nestjs/common';
import { toView, MfaInfoReader } from './challenge-view.ts';
import { ChallengeRepository } from './challenge.repository.ts';
import type { ChallengeView } from './challenge.schemas.ts';
import type { Challenge } from './challenge.types.ts';

/** Shows challenges, with what is known of their users (seed Q2). */
@Injectable()
export class ChallengeReader {
  constructor(
    private readonly challenges: ChallengeRepository,
    private readonly mfaInfo: MfaInfoReader,
  ) {}

  /** Shows one challenge with all its `mfaInfo`. */
  async show(appId: string, id: string): Promise<Decision<ChallengeView>> {
    const challenge = await this.challenges.find(appId, id);
    if (!challenge) return refuse('mfa/challenge-not-found');
    return accept(await this.view(challenge));
  }

  /**
   * Lists challenges. What sso-data knows of a user is asked for one user only, that of the filter: a list of everybody
   * shows what the demands themselves carry.
   */
  async list(filter: Parameters<ChallengeRepository['list']>[0]): Promise<ChallengeView[]> {
    const rows = await this.challenges.list(filter);
    const [first] = rows;
    if (filter.usernameKey === undefined || !first) return rows.map((row) => toView(row));
    const known = await this.mfaInfo.values(withTidyName(first));
    return Promise.all(
      rows.map(async (row) =>
        toView(row, await this.mfaInfo.complete(withTidyName(row), row.requires, known)),
      ),
    );
  }

  private async view(challenge: Challenge): Promise<ChallengeView> {
    return toView(challenge, await this.mfaInfo.read(withTidyName(challenge), challenge.requires));
  }
}

const withTidyName = (challenge: Challenge): Challenge => ({
  ...challenge,
  username: tidyUsername(challenge.username),
});

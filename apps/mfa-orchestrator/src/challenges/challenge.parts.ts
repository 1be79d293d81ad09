import { ChallengeEnds } from './challenge-end.ts';
import { ChallengeExpiry } from './challenge-expiry.service.ts';
import { ChallengeReader } from './challenge-reader.service.ts';
import { ChallengeStreamController } from './challenge-stream.controller.ts';
import { ChallengeStream } from './challenge-stream.repository.ts';
import { MfaInfoReader } from './challenge-view.ts';
import { ChallengeController } from './challenge.controller.ts';
import { ChallengeRepository } from './challenge.repository.ts';
import { ChallengeService } from './challenge.service.ts';
import { LoginChallengeController } from './login-challenge.controller.ts';
import { LoginChallengeRepository } from './login-challenge.repository.ts';
import { LoginChallenges } from './login-challenge.service.ts';
import { LoginOffersReader } from './login-offers.ts';
import { TicketRepository } from './ticket.repository.ts';

/** What this feature adds to the service. */
export const challengeParts = {
  controllers: [ChallengeStreamController, ChallengeController, LoginChallengeController],
  providers: [
    ChallengeEnds,
    ChallengeExpiry,
    ChallengeReader,
    ChallengeStream,
    MfaInfoReader,
    ChallengeRepository,
    ChallengeService,
    LoginChallengeRepository,
    LoginChallenges,
    LoginOffersReader,
    TicketRepository,
  ],
};

import {
  loginChallenge,
  loginChallengeRequest,
  loginOffers,
  loginOffersRequest,
  usernameSchema,
} from '@countersign/contracts';
import { Access, answer, body, Returns } from '@countersign/service-kit';
import { Controller, Post } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { z } from 'zod';
import { sent } from '../otp/sent.ts';
import { LoginChallenges } from './login-challenge.service.ts';

const offersBody = loginOffersRequest.extend({ username: usernameSchema });
const challengeBody = loginChallengeRequest.extend({ username: usernameSchema });

/** What oidc-broker asks for the logins it leads (ADR 0030). */
@ApiExcludeController()
@Controller('internal/challenges')
export class LoginChallengeController {
  constructor(private readonly challenges: LoginChallenges) {}

  @Post()
  @Access.service('oidc-broker')
  @Returns(201, loginChallenge)
  async open(@body(challengeBody) request: z.output<typeof challengeBody>) {
    return sent(await this.challenges.open(request));
  }

  @Post('offers')
  @Access.service('oidc-broker')
  @Returns(200, loginOffers)
  async offers(@body(offersBody) request: z.output<typeof offersBody>) {
    return answer(await this.challenges.offers(request));
  }
}

import { Timers } from '@countersign/messaging';
import { Injectable } from '@nestjs/common';
import { IdentifyStep } from './identify-step.ts';
import { LoginController } from './login.controller.ts';
import { LoginEnds } from './login-ends.ts';
import { LoginErrorPages } from './login-error-pages.ts';
import { LoginFactsOf } from './login-facts.ts';
import { LoginMoves } from './login-moves.ts';
import { LoginPages } from './login-pages.ts';
import { LoginRepository } from './login.repository.ts';
import { LoginService } from './login.service.ts';
import { LoginSteps } from './login-steps.ts';
import { LoginVisits } from './login-visits.ts';
import { PasswordStep } from './password-step.ts';
import { RememberStep } from './remember-step.ts';

const SWEEP_EVERY_MS = 60_000;

/** Deletes logins that nobody can finish any more. */
@Injectable()
class LoginSweep {
  constructor(logins: LoginRepository, timers: Timers) {
    timers.register({ name: 'logins-sweep', everyMs: SWEEP_EVERY_MS, run: () => logins.sweep() });
  }
}

/** What this feature adds to the service. */
export const loginParts = {
  controllers: [LoginController], // /oidc/{app}/interaction/{uid}
  providers: [
    ...[
      LoginService,
      LoginMoves,
      LoginEnds,
      LoginFactsOf,
      LoginPages,
      LoginErrorPages,
      LoginVisits,
      LoginRepository,
    ],
    ...[LoginSteps, IdentifyStep, PasswordStep, RememberStep, LoginSweep],
  ],
};

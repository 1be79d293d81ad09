import { uuidv7 } from '@countersign/kernel';
import { ImagePasscodeEnrolStep } from '../src/image-passcodes/image-passcode-enrol-step.ts';
import { ImagePasscodeStep } from '../src/image-passcodes/image-passcode-step.ts';
import type { Login, PageContext, Step, StepOutcome } from '../src/logins/login.types.ts';
import type { OidcBroker } from './oidc-broker.ts';

/** Images of the rounds of a page, in the order in which they stand there. */
export const gridsIn = (page: string): string[][] => {
  const grids: string[][] = [];
  for (const [, round, ref] of page.matchAll(/name="round-(\d)"\s+value="([a-z0-9-]+)"/g))
    (grids[Number(round) - 1] ??= []).push(ref!);
  return grids;
};

/** The form of these images. */
export const formOf = (picks: readonly string[]): Record<string, string> =>
  Object.fromEntries(picks.map((ref, at) => [`round-${at + 1}`, ref]));

/** Somebody before the image passcode's pages, without the rest of a login around them. */
export class PasscodeUser {
  constructor(
    private readonly broker: OidcBroker,
    readonly username: string,
    readonly userId?: string,
    readonly appId = 'demo',
  ) {}

  readonly context: PageContext = {
    appId: this.appId,
    base: `/oidc/${this.appId}`,
    action: `/oidc/${this.appId}/interaction/x`,
    version: 1,
    theme: { name: 'Demo', colour: '#0b57d0' },
  };

  /** A new login that is about this user. */
  login(changed: Partial<Login> = {}): Login {
    return {
      ...{ uid: uuidv7(), appId: this.appId, clientId: 'shop', mode: 'second-factor', version: 1 },
      username: this.username,
      ...(this.userId !== undefined && { userId: this.userId }),
      ...{ proofs: [], data: {}, demand: { prompt: 'login', scopes: [], claims: [], link: true } },
      expiresAt: 4_000_000_000,
      ...changed,
    } as Login;
  }

  page(login = this.login()): Promise<string> {
    return this.challenge.page(login, this.context);
  }

  /** Images of a challenge, by rounds, sorted: which ones, wherever they stand. */
  async images(login = this.login()): Promise<string[][]> {
    return gridsIn(await this.page(login)).map((grid) => grid.toSorted());
  }

  answer(picks: readonly string[], login = this.login(), from: object = {}): Promise<StepOutcome> {
    return this.submit(this.challenge, login, formOf(picks), from);
  }

  /** Makes a passcode, of the first image of each grid unless `at` says which; answers it. */
  async enrol(at = 0, login = this.login()): Promise<string[]> {
    const picks = gridsIn(await this.enrolPage(login)).map((grid) => grid[at % grid.length]!);
    await this.enrolStep(login, formOf(picks));
    const made = await this.enrolStep(login, formOf(picks));
    if (made.kind !== 'proved') throw new Error(`not made: ${JSON.stringify(made)}`);
    return picks;
  }

  enrolPage(login: Login): Promise<string> {
    return this.enrolment.page(login, this.context);
  }

  /** Sends a form of enrolment; what is kept stays in `login`. */
  async enrolStep(login: Login, form: Record<string, string>): Promise<StepOutcome> {
    const outcome = await this.submit(this.enrolment, login, form);
    if (outcome.kind === 'again') login.data['image-passcode-enrol'] = outcome.data;
    return outcome;
  }

  private submit(
    step: Step,
    login: Login,
    form: Record<string, string>,
    changed: object = {},
  ): Promise<StepOutcome> {
    const from = { clientAddress: '198.18.0.1', userAgent: 'jest', origin: 'http://localhost:4000' };
    return step.submit(login, { form, ...from, ...changed });
  }

  private get challenge(): Step {
    return this.broker.service.app.get(ImagePasscodeStep);
  }

  private get enrolment(): Step {
    return this.broker.service.app.get(ImagePasscodeEnrolStep);
  }
}

import { type Acr, usernameKey } from '@countersign/contracts';
import { randomToken } from '@countersign/kernel';
import { generateKeyPair, type KeyPair, signJwt } from '@countersign/security';
import type { Asked, Neighbours } from './neighbours.ts';
import type { OidcBroker } from './oidc-broker.ts';

interface Challenge {
  id: string;
  userId: string;
  policy: string;
  username: string;
  flowId: string;
  ended: boolean;
}

type Answer = { status: number; body?: unknown };

/** The code that is always sent. */
export const CODE = '271828';

/**
 * Login challenges of mfa-orchestrator as this service sees them: one way (a text message), one code, and a signed
 * decision where it is right.
 */
export class MfaFlows {
  /** Names whose user has a phone. */
  readonly withPhone = new Set<string>();
  /** What a decision says. */
  acr: Acr = 'aal2';
  /** Names that codes were sent for, in order. */
  readonly sent: string[] = [];
  /** Requests for challenges, as they came. */
  readonly demanded: Record<string, unknown>[] = [];
  private readonly challenges = new Map<string, Challenge>();
  private key!: KeyPair;

  private constructor(private readonly neighbours: Neighbours) {}

  static async of(broker: OidcBroker): Promise<MfaFlows> {
    const flows = new MfaFlows(broker.neighbours);
    flows.key = await generateKeyPair('EdDSA');
    broker.neighbours.flows = (asked) => flows.answer(asked);
    return flows;
  }

  private async answer({ url, body, authorization }: Asked): Promise<Answer | undefined> {
    if (url === '/internal/challenges/offers') return { status: 200, body: this.offers(body) };
    if (url === '/internal/challenges') return this.challenge(body);
    const path = /^\/apps\/demo(\/.*)$/.exec(url)?.[1];
    if (path === '/v1/decisions/jwks.json') return { status: 200, body: { keys: [this.key.publicJwk] } };
    if (path === '/fido2/v2/mfa/begin') return this.begun(this.challenges.get(String(body.beginTicket)));
    const challenge = path === undefined ? undefined : this.challenges.get(String(authorization));
    if (!challenge) return undefined;
    if (challenge.ended) return { status: 401, body: { msg: 'no session' } };
    if (path === '/fido2/v2/mfa/otp/request') {
      this.sent.push(challenge.username);
      return { status: 200, body: {} };
    }
    if (path === '/fido2/v2/mfa/otp/verify') return this.verified(challenge, body);
    return path === '/v1/flows/current' ? this.begun(challenge) : undefined;
  }

  private offers({ username }: Record<string, unknown>) {
    const offers = [{ action: 'otp:sms', label: 'SMS', options: [{ value: 'sms:1', label: '+49 ••• 42' }] }];
    const name = String(username);
    const about = {
      userId: this.neighbours.userId('demo', name),
      usernameKey: usernameKey(name),
      because: [],
    };
    return { ...about, offers: this.withPhone.has(name) ? offers : [] };
  }

  private challenge(body: Record<string, unknown>): Answer {
    this.demanded.push(body);
    const { username, requires } = body as Record<string, string>;
    const id = [...[body.appId, body.loginId, username, requires]].map(String).join(' ');
    const known = this.challenges.get(id);
    if (known?.ended) return { status: 409, body: { code: 'mfa/challenge-ended' } };
    const userId = this.neighbours.userId('demo', username ?? '');
    const challenge = known ?? {
      ...{
        id,
        userId,
        policy: requires ?? '',
        username: username ?? '',
        flowId: randomToken(8),
        ended: false,
      },
    };
    this.challenges.set(id, challenge);
    const about = {
      challengeId: id,
      userId,
      beginTicket: id,
      subjectDigest: 'd',
      expiresAt: '2100-01-01T00:00:00Z',
    };
    return { status: 201, body: about };
  }

  private begun(challenge: Challenge | undefined): Answer {
    if (!challenge) return { status: 400, body: {} };
    const [option] = this.offers(challenge as never).offers;
    const next = option
      ? [{ action: { name: option.action, label: option.label }, options: option.options }]
      : [];
    return { status: 200, body: { session: challenge.id, flowId: challenge.flowId, next } };
  }

  private async verified(challenge: Challenge, body: Record<string, unknown>): Promise<Answer> {
    if (Object.values(body).every((value) => value !== CODE)) return { status: 401, body: { msg: 'wrong' } };
    challenge.ended = true;
    this.neighbours.standingFlows.set(challenge.flowId, 'demo');
    const iat = Math.floor(Date.now() / 1000);
    const payloadSignature = await signJwt(
      this.key,
      { typ: 'mfa-decision+jwt' },
      {
        ...{
          iss: 'http://localhost:4000/apps/demo',
          aud: 'demo',
          sub: challenge.userId,
          iat,
          exp: iat + 300,
        },
        ...{ challenge_id: challenge.id, flow_id: challenge.flowId, subject_digest: 'd', outcome: 'allowed' },
        ...{ acr: this.acr, amr: ['pwd', 'sms', 'mfa'], jti: randomToken(8) },
      },
    );
    return { status: 200, body: { payloadSignature } };
  }
}

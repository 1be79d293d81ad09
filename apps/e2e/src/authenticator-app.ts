import { createHmac } from 'node:crypto';
import type { Clock } from '@countersign/kernel';
import { type Bank, expectStatus } from './bank.ts';
import type { Page } from './page.ts';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function fromBase32(text: string): Buffer {
  const bits = [...text].map((sign) => BASE32.indexOf(sign).toString(2).padStart(5, '0')).join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
}

/** An authenticator app (RFC 6238), written here anew, on purpose. */
export class AuthenticatorApp {
  constructor(
    private readonly secret: string,
    private readonly clock: Clock,
  ) {}

  /** The code shown `steps` after now (before: negative). */
  code(steps = 0): string {
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(Math.floor(this.clock.now().getTime() / 30_000) + steps));
    const mac = createHmac('sha1', fromBase32(this.secret)).update(counter).digest();
    const at = mac[19]! & 15;
    return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
  }

  /** A code that is none of the five around now. */
  wrong(): string {
    const right = [-2, -1, 0, 1, 2].map((steps) => this.code(steps));
    return ['000000', '111111', '222222', '333333', '444444', '555555'].find(
      (code) => !right.includes(code),
    )!;
  }
}

/** A flow that stands before `enrolment`: the application has vouched for a user who has no factor of ours yet. */
export async function beforeEnrolment(bank: Bank, username: string, ...enrol: string[]): Promise<Page> {
  const page = await bank.begin({ user: { username }, enrol });
  const { next } = expectStatus(await page.verify(await bank.grant(username, { flowId: page.flowId })), 401);
  if (next[0]?.action.name !== enrol[0]) throw new Error(`offers ${JSON.stringify(next)}`);
  return page;
}

/** Enrols an app for a user without factors; the code that confirms it is used up. */
export async function withApp(
  bank: Bank,
  username: string,
  clock: Clock,
): Promise<{ app: AuthenticatorApp; accessToken: string }> {
  const page = await beforeEnrolment(bank, username, 'totp:enrol');
  const { secret } = expectStatus(await page.step('totp/request', {}), 200);
  const app = new AuthenticatorApp(secret, clock);
  const { accessToken } = expectStatus(await page.step('totp/enrol', { otp: app.code() }), 200);
  return { app, accessToken };
}

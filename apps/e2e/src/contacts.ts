import { randomBytes, randomInt } from 'node:crypto';
import { type Bank, expectStatus } from './bank.ts';

/** A number nobody else has: a made-up one of the United States. */
export const newNumber = (): string =>
  `+1${randomInt(2, 10)}02555${String(randomInt(10_000)).padStart(4, '0')}`;

/** Gives a user (made on first sight) verified addresses, as management does that vouches for them. */
export async function withContacts(
  bank: Bank,
  username: string,
  wanted: { emails?: number; phones?: number },
): Promise<{ emails: string[]; phones: string[] }> {
  await bank.grant(username);
  const name = () =>
    `${String.fromCharCode(97 + randomInt(26))}${randomBytes(6).toString('hex')}@mail.example`;
  const emails = Array.from({ length: wanted.emails ?? 0 }, name);
  const phones = Array.from({ length: wanted.phones ?? 0 }, newNumber);
  const path = `/fido2/v2/profile/${encodeURIComponent(username)}`;
  for (const email of emails)
    expectStatus(await bank.api('POST', `${path}/email`, { email, requestVerification: false }), 204);
  for (const phoneNumber of phones)
    expectStatus(await bank.api('POST', `${path}/phone`, { phoneNumber, requestVerification: false }), 204);
  return { emails, phones };
}

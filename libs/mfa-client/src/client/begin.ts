import type { TrustIds } from '../trust/trust-id.ts';
import type { BeginOptions } from './begin.types.ts';
import { deviceInfo } from './device-info.ts';

/** The body of `mfa/begin`. What is not given is left out, but for what LoginID's SDK always sends. */
export async function beginBody(
  username: string,
  options: BeginOptions,
  trust: TrustIds | undefined,
): Promise<Record<string, unknown>> {
  const { displayName, usernameType, name, phone, txPayload, traceId, beginTicket, challengeId, enrol } =
    options;
  return {
    user: {
      username,
      usernameType: usernameType ?? 'other',
      displayName: displayName ?? username,
      ...(name !== undefined && { name }),
      ...(phone !== undefined && { phone }),
    },
    deviceInfo: await deviceInfo(options.deviceId),
    trustItems: await trustItems(username, options, trust),
    ...(txPayload !== undefined && { payload: txPayload }),
    ...(traceId !== undefined && { traceId }),
    ...(beginTicket !== undefined && { beginTicket }),
    ...(challengeId !== undefined && { challengeId }),
    ...(enrol && enrol.length > 0 && { enrol }),
  };
}

/** `auth` only for a named user and beside no merchant's (contracts §1.8). A fresh one for each flow. */
async function trustItems(
  username: string,
  { trustId, merchantTrustId }: BeginOptions,
  trust: TrustIds | undefined,
): Promise<Record<string, string>> {
  if (merchantTrustId !== undefined) return { merchant: merchantTrustId };
  if (trustId === false || username === '') return {};
  const auth = trustId ?? (await trust?.of(username));
  return auth === undefined ? {} : { auth };
}

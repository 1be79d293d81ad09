import { type Clock, memorySeenJti, type SeenJti, systemClock } from '@countersign/kernel';
import { type IssuerKeys, keysOf } from './issuer-keys.ts';
import { readLimited } from './limited-body.ts';
import { json, problem } from './problem-answers.ts';
import { type RefusalReason, SsoRequestRefused } from './request-refused.ts';
import { SsoAnswer } from './sso-answer.ts';
import { callOf, type SsoCall } from './sso-call.ts';
import { type Expected, verifyRequest } from './verify-request.ts';

/** A value that the extension keeps for every user. Delivered are those whose names start with `Session.`. */
export interface ThirdPartyDataElement {
  name: string;
  description: string;
}

export interface SsoExtensionOptions extends IssuerKeys {
  /** The handler's own address, exactly as it is registered: a request for another handler is refused. */
  audience: string;
  thirdPartyDataElements?: readonly ThirdPartyDataElement[];
  /** What the names of the extension's texts start with. */
  uiTextPrefix?: string;
  handler(call: SsoCall): SsoAnswer | Promise<SsoAnswer>;
  /** Remembers which requests were used; in memory unless given. Several processes need one that they share. */
  seenJti?: SeenJti;
  /** How far `iat` may lie back or ahead, in seconds; 300 unless given, which is the most. */
  toleranceSeconds?: number;
  /** A request that did not reach the handler; for your log. */
  onRefused?(refused: SsoRequestRefused): void;
  /** What the handler (or the store of used requests) threw; for your log. The caller reads nothing of it. */
  onError?(error: unknown): void;
  /** The machine's, unless given. */
  clock?: Clock;
}

/** An extension as it is defined; made by {@link defineSsoExtension}. */
export interface SsoExtension {
  readonly thirdPartyDataElements: readonly ThirdPartyDataElement[];
  readonly uiTextPrefix: string | undefined;
  /** Answers a request: verifies, asks the handler, says no. Never rejects. The body must be the bytes that came. */
  fetch(request: Request): Promise<Response>;
  /** The answer to a request that cannot be verified; for adapters. Calls `onRefused`. */
  refuse(reason: RefusalReason, detail: string): Response;
}

const TOLERANCE_SECONDS = 300;

/** Defines an SSO extension. Throws TypeError for options that could never work. */
export function defineSsoExtension(options: SsoExtensionOptions): SsoExtension {
  const expected = expectedOf(options);
  const answerTo = async (request: Request): Promise<Response> => {
    if (request.method !== 'POST') throw new SsoRequestRefused('method', 'the method is not POST');
    const body = await readLimited(request);
    if (!body) throw new SsoRequestRefused('too-large', 'the body is larger than 256 KB');
    const answer = await options.handler(callOf(await verifyRequest(request.headers, body, expected)));
    if (!(answer instanceof SsoAnswer))
      throw new TypeError('the handler must return what linkOut or refuse returned');
    return json(answer);
  };
  const failed = (error: unknown): Response => {
    const refused = error instanceof SsoRequestRefused;
    tell(() => (refused ? options.onRefused?.(error) : options.onError?.(error)));
    return problem(refused ? error.reason : 'failed');
  };
  return {
    thirdPartyDataElements: options.thirdPartyDataElements ?? [],
    uiTextPrefix: options.uiTextPrefix,
    fetch: (request) => answerTo(request).catch(failed),
    refuse: (reason, detail) => failed(new SsoRequestRefused(reason, detail)),
  };
}

function expectedOf(options: SsoExtensionOptions): Expected {
  const { issuer, audience, clock = systemClock, toleranceSeconds = TOLERANCE_SECONDS } = options;
  if (!URL.canParse(audience)) throw new TypeError('audience must be the URL of this handler');
  if (!(toleranceSeconds >= 0)) throw new TypeError('toleranceSeconds must be 0 to 300');
  return {
    issuer,
    audience,
    clock,
    keys: keysOf(options),
    seenJti: options.seenJti ?? memorySeenJti(clock),
    toleranceSeconds: Math.min(toleranceSeconds, TOLERANCE_SECONDS),
  };
}

/** A log that fails must not change the answer. */
function tell(log: () => void): void {
  try {
    log();
  } catch {
    // nobody is left to be told
  }
}

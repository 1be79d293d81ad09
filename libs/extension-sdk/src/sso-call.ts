import type { SignedRequest } from './signed-request.ts';
import {
  configList,
  linkOut,
  SsoAnswer,
  type UserLevelConfig,
  type UserLevelConfigList,
} from './sso-answer.ts';

/** What a handler knows, and what it can answer. Everything in it was signed. */
export interface SsoCall {
  /** The user's values of this vendor whose names start with `Session.`, by their full names. */
  readonly vendorConfigs: ReadonlyMap<string, string>;
  /** As which vendor you are registered. */
  readonly vendorId: string;
  /** The application that the user comes from. */
  readonly appId: string;
  /** The identifier that the application gave the user for single sign-on; null if it gave none. */
  readonly ssoIdentifier: string | null;
  /** Unique for this request: for calls of yours that must happen once. */
  readonly idempotencyKey: string;
  /** Values to be added or changed for this user. Hand it to `linkOut`. */
  userLevelConfigList(configs: readonly UserLevelConfig[]): UserLevelConfigList;
  /** The page to send the user to; kept first, where given, are the values. */
  linkOut(url: string | URL, also?: { userLevelConfigList?: UserLevelConfigList | null }): SsoAnswer;
  /** No single sign-on now; the user reads `endUserErrorMessage`. Nothing is kept. */
  refuse(endUserErrorMessage: string): SsoAnswer;
}

/** The call of a handler that a verified request makes. */
export function callOf(request: SignedRequest): SsoCall {
  const { vendor_id: vendorId } = request;
  return {
    vendorConfigs: new Map(Object.entries(request.vendor_configs)),
    vendorId,
    appId: request.app_id,
    ssoIdentifier: request.sso_identifier,
    idempotencyKey: request.jti,
    userLevelConfigList: (configs) => configList(vendorId, configs),
    linkOut: (url, also) => linkOut(url, also?.userLevelConfigList),
    refuse: (endUserErrorMessage) => new SsoAnswer('', String(endUserErrorMessage), undefined),
  };
}

/** Why a request did not reach the handler; `parsed-body` and `keys-unavailable` are no fault of the one who asks. */
export type RefusalReason =
  | 'method'
  | 'too-large'
  | 'unsigned'
  | 'signature'
  | 'type'
  | 'issuer'
  | 'audience'
  | 'time'
  | 'replay'
  | 'malformed'
  | 'parsed-body'
  | 'keys-unavailable';

/** A request that did not reach the handler; `reason` is stable, the message is for your log. */
export class SsoRequestRefused extends Error {
  override name = 'SsoRequestRefused';

  constructor(
    readonly reason: RefusalReason,
    detail: string,
    options?: ErrorOptions,
  ) {
    super(`SSO request refused (${reason}): ${detail}`, options);
  }
}

/** Codes of this SDK, beside those of the server (`bad_request`, `unauthorized`, …). */
export type LocalCode =
  /** No answer came: the network, or the time allowed for it. The step may have counted: repeat it, or `refresh()`. */
  | 'network_error'
  /** The answer was none that this API gives. */
  | 'malformed_answer'
  /** There is no flow: `beginFlow` first, or it is over. */
  | 'no_session'
  /** The action is not among those the server offers now. */
  | 'not_offered'
  /** The server said something without a code. */
  | 'unknown_error';

/**
 * The server refused, or did not answer. The local session is as it was before the call: the user may try again.
 * `status` is the HTTP status, 0 where there was no answer; `msgCode` is for programs, `msg` for people.
 */
export class MfaError extends Error {
  override name = 'MfaError';
  readonly status: number;
  readonly msgCode: LocalCode | (string & {});
  readonly msg: string;
  /** Seconds after which to try again, where the server says so (429, 503). */
  readonly retryAfterSeconds?: number;
  /** Names this call in the server's logs. */
  readonly correlationId?: string;

  constructor(
    status: number,
    msgCode: LocalCode | (string & {}),
    msg: string,
    more: { retryAfterSeconds?: number; correlationId?: string; cause?: unknown } = {},
  ) {
    super(msg, 'cause' in more ? { cause: more.cause } : undefined);
    this.status = status;
    this.msgCode = msgCode;
    this.msg = msg;
    if (more.retryAfterSeconds !== undefined) this.retryAfterSeconds = more.retryAfterSeconds;
    if (more.correlationId !== undefined) this.correlationId = more.correlationId;
  }
}

/**
 * Why nothing came back. `scheme`: no https, or a URL of a form that is never asked (unreadable, with credentials or a
 * fragment); `address`: a host that is not on the public internet; `redirect`: any 3xx; `timeout`, `too-large`: over
 * the limit of the request; `network`: no such name, no connection, no valid certificate, no usable HTTP.
 */
export type FetchRefusal = 'address' | 'scheme' | 'redirect' | 'timeout' | 'too-large' | 'network';

/** An outgoing request was not made, or gave nothing usable. The message names the host at most, never path or body. */
export class FetchRefused extends Error {
  override name = 'FetchRefused';

  constructor(
    readonly reason: FetchRefusal,
    /** For logs: the host, the code of the system's error. */
    detail = '',
  ) {
    super(`request refused (${reason})${detail && `: ${detail}`}`);
  }
}

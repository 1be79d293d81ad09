import type { IncomingMessage } from 'node:http';
import { ProblemException } from '@countersign/service-kit';

/** Methods whose requests have no body here: Node would send one on without a frame, and others read it as a request. */
const WITHOUT_BODY = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);
/** Fields meant for every hop, which nobody may take off a request by naming them in Connection (RFC 9110 §7.6.1). */
const NEVER_OF_A_CONNECTION = /^(?:content-length|transfer-encoding|host|authorization|x-forwarded-.*)$/;

/**
 * Whether a body belongs to the request, which then has to be read whole. Throws `request/invalid` where the frame is
 * not beyond doubt (RFC 9112 §6.3): what one reader takes for a body is another's next request.
 */
export function hasBody({ method = '', headers }: IncomingMessage): boolean {
  const { 'transfer-encoding': coding, 'content-length': length } = headers;
  if (coding !== undefined && length !== undefined) throw unclear('Content-Length and Transfer-Encoding');
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') throw unclear('Transfer-Encoding');
  for (const name of namedByConnection(headers.connection))
    if (NEVER_OF_A_CONNECTION.test(name)) throw unclear('Connection');
  const announced = coding !== undefined || Number(length ?? 0) > 0;
  if (announced && WITHOUT_BODY.has(method)) throw unclear(`a body on ${method}`);
  return announced;
}

/** Whether requests of that method say how long their body is, be it empty. */
export const saysItsLength = (method: string): boolean => !WITHOUT_BODY.has(method);

/** Names of the fields that a Connection header says end at this hop, in lower case. */
export const namedByConnection = (connection: string | undefined): Set<string> =>
  new Set((connection ?? '').split(',').map((name) => name.trim().toLowerCase()));

const unclear = (what: string): ProblemException =>
  new ProblemException('request/invalid', { detail: `not acceptable: ${what}` });

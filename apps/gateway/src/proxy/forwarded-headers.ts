import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { namedByConnection } from './framing.ts';

/** Headers about one connection, which end at every hop (RFC 9110 §7.6.1). */
const HOP_BY_HOP = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'proxy-authenticate', 'proxy-authorization'],
  ...['te', 'trailer', 'transfer-encoding', 'upgrade', 'http2-settings', 'expect'],
]);
/** Headers by which proxies tell where a request came from. Ours are told from what we saw; a client's are dropped. */
const ORIGIN_CLAIMS =
  /^(?:forwarded|x-forwarded-.*|x-real-ip|x-client-ip|true-client-ip|cf-connecting-ip|via)$/;

/** What the gateway knows about a client. */
export interface Client {
  address: string;
  host: string | undefined;
  protocol: string;
}

/**
 * The headers a service gets: the client's, Host untouched, without those of the connection and those that frame a
 * body, with ours about the client. The frame is for whoever sends the body to say.
 */
export function towardsService(
  headers: IncomingHttpHeaders,
  client: Client,
  correlationId: string,
  traceparent: string | null,
): OutgoingHttpHeaders {
  const passed = withoutHopByHop(headers);
  delete passed['content-length'];
  for (const name of Object.keys(passed)) if (ORIGIN_CLAIMS.test(name)) delete passed[name];
  if (client.host !== undefined) passed.host = client.host;
  passed['x-forwarded-for'] = client.address;
  passed['x-forwarded-proto'] = client.protocol;
  if (client.host !== undefined) passed['x-forwarded-host'] = client.host;
  passed['x-correlation-id'] = correlationId;
  if (traceparent !== null) passed.traceparent = traceparent;
  return passed;
}

/** The headers a client gets: the service's, over those the gateway puts on everything. */
export const towardsClient = (
  headers: IncomingHttpHeaders,
  own: OutgoingHttpHeaders,
): OutgoingHttpHeaders => ({
  ...own,
  ...withoutHopByHop(headers),
});

function withoutHopByHop(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const named = namedByConnection(headers.connection);
  const kept: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined && !HOP_BY_HOP.has(name) && !named.has(name)) kept[name] = value;
  return kept;
}

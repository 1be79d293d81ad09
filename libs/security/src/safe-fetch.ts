import { checkedAddresses } from './checked-addresses.ts';
import { type FetchRefusal, FetchRefused } from './fetch-refused.ts';
import { type FetchTarget, fetchTarget } from './fetch-target.ts';
import { codeOf, connectionTo, exchange } from './pinned-connection.ts';
import { PrivateHosts } from './private-hosts.ts';

export interface SafeFetchOptions {
  /** Host names (exactly), addresses and CIDR ranges that may be private, or without TLS. */
  privateHosts: readonly string[];
  /** Name servers (`address` or `address:port`) instead of the machine's, for names not in `privateHosts`. */
  nameServers?: readonly string[];
}

export interface SafeRequest {
  method: 'GET' | 'POST';
  headers: Record<string, string>;
  body?: string;
  /** For the whole: name, connection, TLS, headers and body. Milliseconds. */
  timeoutMs: number;
  /** Largest body of the answer. */
  maxBytes: number;
}

export interface SafeAnswer {
  /** 200–299 or 400–599. */
  status: number;
  /** Of the header, in lower case and without parameters; `` if there was none. */
  contentType: string;
  text: string;
}

/**
 * Requests to addresses that strangers chose, without becoming their way into this network (SSRF). https to the public
 * internet only, but for `privateHosts`; the address that was checked is the one connected to; no redirects, cookies,
 * proxies or compressed answers; one limit on time and one on size. Every request has a connection of its own, which
 * ends with it: nothing is left idle, and no POST is sent to a socket that the other side is about to close.
 */
export class SafeFetch {
  private readonly privateHosts: PrivateHosts;
  private readonly nameServers: readonly string[] | undefined;
  private readonly running = new Set<(refused: FetchRefused) => void>();
  private closed = false;

  /** Throws TypeError for a `privateHosts` entry that is none. */
  constructor(options: SafeFetchOptions) {
    this.privateHosts = new PrivateHosts(options.privateHosts);
    this.nameServers = options.nameServers;
  }

  /** Whether that URL could be asked at all, without asking: scheme, credentials, fragment, literal addresses. */
  refuses(url: string): FetchRefusal | undefined {
    try {
      fetchTarget(url, this.privateHosts);
      return undefined;
    } catch (error) {
      if (error instanceof FetchRefused) return error.reason;
      throw error;
    }
  }

  /** The answer of any status but 3xx. Throws FetchRefused in every other case. */
  async request(url: string, request: SafeRequest): Promise<SafeAnswer> {
    const target = fetchTarget(url, this.privateHosts);
    if (this.closed) throw new FetchRefused('network', 'closed');
    const stop = new AbortController();
    let end!: (refused: FetchRefused) => void;
    const ended = new Promise<never>((_, reject) => (end = reject));
    const timer = setTimeout(() => end(new FetchRefused('timeout', target.host)), request.timeoutMs);
    this.running.add(end);
    try {
      return await Promise.race([ended, this.ask(target, request, stop.signal)]);
    } finally {
      clearTimeout(timer);
      this.running.delete(end);
      stop.abort();
    }
  }

  /** Ends what is under way, as `network`; nothing can be asked afterwards. */
  async close(): Promise<void> {
    this.closed = true;
    for (const end of this.running) end(new FetchRefused('network', 'closed'));
  }

  private async ask(target: FetchTarget, request: SafeRequest, signal: AbortSignal): Promise<SafeAnswer> {
    const addresses = await checkedAddresses(target, this.privateHosts, this.nameServers, signal);
    if (signal.aborted) throw new FetchRefused('timeout', target.host);
    const client = connectionTo(target, addresses, request.timeoutMs);
    // whoever gave up waiting must not leave a connection behind, in whatever state it is
    signal.addEventListener('abort', () => void client.destroy(), { once: true });
    try {
      return await exchange(client, target, request);
    } catch (error) {
      if (error instanceof FetchRefused) throw error;
      // the error itself may hold what was received; its code never does
      throw new FetchRefused('network', `${target.host} ${codeOf(error)}`);
    }
  }
}

import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ServiceName } from '@countersign/contracts';
import { type IdentityOf, proofOf } from './service-proof.ts';

/** One call that arrived. */
export interface Asked {
  method: string;
  url: string;
  body: Record<string, unknown>;
  /** The whole Authorization header. */
  authorization: string | undefined;
}

/** What is answered. Without `body` there is none. */
export interface StandInAnswer {
  status: number;
  body?: unknown;
}

/**
 * Services as `caller` sees them, on one loopback port: their internal routes check the service token as the real ones do.
 * `away` makes one of them answer 503.
 */
export abstract class StandInServices {
  readonly away = new Set<ServiceName>();
  private readonly server = createServer((request, response) => {
    void this.respond(request).then(({ status, body }) => {
      response
        .writeHead(status, { 'content-type': 'application/json' })
        .end(body === undefined ? undefined : JSON.stringify(body));
    });
  });

  constructor(
    private readonly caller: ServiceName,
    private readonly identityOf: IdentityOf,
  ) {}

  /** Answers the URL of all of them. */
  async open(): Promise<string> {
    await new Promise<void>((listening) => this.server.listen(0, '127.0.0.1', listening));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((closed) => this.server.close(closed));
  }

  /** Which service a call is for. */
  protected abstract called(url: string): ServiceName;

  /** What the service answers whoever may ask. */
  protected abstract route(asked: Asked): StandInAnswer | Promise<StandInAnswer>;

  private async respond(request: IncomingMessage): Promise<StandInAnswer> {
    const { method = '', url = '', headers } = request;
    const called = this.called(url);
    if (this.away.has(called)) return { status: 503 };
    // a person's own call carries the session of their flow
    if (!url.startsWith('/apps/') && !(await this.isTheCaller(called, headers.authorization)))
      return { status: 401 };
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
    return this.route({ method, url, body, authorization: headers.authorization });
  }

  private async isTheCaller(called: ServiceName, authorization = ''): Promise<boolean> {
    const token = authorization.replace(/^Bearer /, '');
    const verified = proofOf(called, this.identityOf).verify(token, [this.caller]);
    return verified.then(
      ({ caller }) => caller === this.caller,
      () => false,
    );
  }
}

import { request, type IncomingHttpHeaders } from 'node:http';
import type { RunningService } from '@countersign/service-kit';
import type { GatewayConfig } from '../src/config.ts';
import { createService } from '../src/create-service.ts';
import { type Upstream, upstream } from './upstream.ts';

export interface TestGateway {
  gateway: RunningService;
  orchestrator: Upstream;
  tokens: Upstream;
  sso: Upstream;
  oidc: Upstream;
  close(): Promise<void>;
}

/** Settings of a gateway under test; port 0 is any free one. */
export const configOf = (
  serviceUrls: Partial<GatewayConfig['serviceUrls']>,
  trustedProxies: string[] = [],
): GatewayConfig => {
  const nobody = 'http://127.0.0.1:9';
  return {
    ...{ host: '127.0.0.1', port: 0, securityProfile: 'development', logLevel: 'silent' },
    ...{ publicUrl: 'http://localhost:4000', appHostSuffixes: ['localhost'], trustedProxies },
    serviceUrls: {
      ...{ 'mfa-orchestrator': nobody, 'token-service': nobody, 'sso-data': nobody, 'oidc-broker': nobody },
      ...serviceUrls,
    },
  };
};

/** A gateway before stand-ins of all services. */
export async function startGateway(trustedProxies: string[] = []): Promise<TestGateway> {
  const [orchestrator, tokens, sso, oidc] = await Promise.all(
    ['mfa-orchestrator', 'token-service', 'sso-data', 'oidc-broker'].map((name) => upstream(name)),
  );
  const urls = {
    'mfa-orchestrator': orchestrator!.url,
    'token-service': tokens!.url,
    'sso-data': sso!.url,
    'oidc-broker': oidc!.url,
  };
  const gateway = await createService(configOf(urls, trustedProxies));
  const close = async (): Promise<void> => {
    await gateway.close();
    await Promise.all([orchestrator!.close(), tokens!.close(), sso!.close(), oidc!.close()]);
  };
  return { gateway, orchestrator: orchestrator!, tokens: tokens!, sso: sso!, oidc: oidc!, close };
}

export interface Called {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** A request whose Host, path and headers are sent exactly as given. */
export function call(
  base: string,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string | Buffer } = {},
): Promise<Called> {
  const { hostname, port } = new URL(base);
  const { method = 'GET', headers = {}, body } = options;
  const length =
    body === undefined || headers['transfer-encoding']
      ? {}
      : { 'content-length': String(Buffer.byteLength(body)) };
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { hostname, port, path, method, headers: { ...length, ...headers }, agent: false },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () =>
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            text: Buffer.concat(chunks).toString(),
          }),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ChallengeView, type FlowView, usernameKey } from '@countersign/contracts';
import { randomToken, systemClock } from '@countersign/kernel';
import { ServiceIdentity } from '@countersign/security';
import { testKeys } from '@countersign/testing';

/** The remote neighbour: answers token-service's three internal questions from what a test puts in. */
export interface OrchestratorStandIn {
  url: string;
  flows: Map<string, FlowView>;
  challenges: Map<string, ChallengeView>;
  /** What it was asked, as `METHOD path`. */
  asked: string[];
  /** An open flow of `username`, with any member changed. */
  openFlow(username: string, more?: Partial<FlowView>): FlowView;
  /** A user's id, made on first sight, as `users/resolve` answers it. */
  userId(appId: string, username: string): string;
  close(): Promise<void>;
}

export async function startOrchestratorStandIn(): Promise<OrchestratorStandIn> {
  const { serviceKeys, servicesJwks } = testKeys();
  const identity = new ServiceIdentity({
    name: 'mfa-orchestrator',
    privateJwk: serviceKeys['mfa-orchestrator'],
    servicesJwks,
    clock: systemClock,
  });
  const flows = new Map<string, FlowView>();
  const challenges = new Map<string, ChallengeView>();
  const users = new Map<string, string>();
  const asked: string[] = [];
  const userId = (appId: string, username: string): string => {
    const key = `${appId}:${usernameKey(username)}`;
    users.set(key, users.get(key) ?? randomToken(16));
    return users.get(key)!;
  };

  const answer = async (request: IncomingMessage): Promise<[number, unknown]> => {
    await identity.verify((request.headers.authorization ?? '').replace('Bearer ', ''), ['token-service']);
    asked.push(`${request.method} ${request.url}`);
    const [, , kind, id = ''] = (request.url ?? '').split('/');
    if (kind === 'users') {
      let text = '';
      for await (const chunk of request) text += String(chunk);
      const { appId, username } = JSON.parse(text) as { appId: string; username: string };
      return [200, { userId: userId(appId, username), at: systemClock.now().toISOString() }];
    }
    const found = (kind === 'flows' ? flows : challenges).get(decodeURIComponent(id));
    return found ? [200, found] : [404, { code: 'mfa/flow-not-found' }];
  };

  const server = createServer((request, response) => {
    void answer(request)
      .catch((): [number, unknown] => [401, {}])
      .then(([status, body]) =>
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
      );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const openFlow = (username: string, more: Partial<FlowView> = {}): FlowView => {
    const appId = more.appId ?? 'bank';
    const flow: FlowView = {
      flowId: randomToken(16),
      appId,
      userId: userId(appId, username),
      usernameKey: usernameKey(username),
      context: 'login',
      status: 'open',
      offersExternal: true,
      ...more,
    };
    flows.set(flow.flowId, flow);
    return flow;
  };

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ flows, challenges, asked, openFlow, userId },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

import { createService as createGateway, type GatewayConfig } from '@countersign/gateway';
import type { Clock } from '@countersign/kernel';
import { InProcessTransport } from '@countersign/messaging';
import {
  createService as createMfaOrchestrator,
  type OrchestratorConfig,
} from '@countersign/mfa-orchestrator';
import { createService as createOidcBroker, type OidcBrokerConfig } from '@countersign/oidc-broker';
import type { Logger, RunningService } from '@countersign/service-kit';
import { createService as createSsoData, type SsoDataConfig } from '@countersign/sso-data';
import { createService as createTokenService, type TokenServiceConfig } from '@countersign/token-service';

/** A configuration for every program. */
export interface StandaloneConfig {
  gateway: GatewayConfig;
  'mfa-orchestrator': OrchestratorConfig;
  'token-service': TokenServiceConfig;
  'sso-data': SsoDataConfig;
  'oidc-broker': OidcBrokerConfig;
}

export interface StandaloneDeps {
  clock?: Clock;
  logger?: Logger;
  /** The bus, held; absent: one of its own. Tests hand one in to listen on it. */
  transport?: InProcessTransport;
}

/** Everything, running. */
export interface RunningStandalone {
  services: Record<keyof StandaloneConfig, RunningService>;
  /** Door by door, the gateway first; never throws. */
  close(): Promise<void>;
}

/**
 * All programs in one process, on one in-process bus; outbox and inbox stay in Postgres, so a crash loses nothing.
 * They come up side by side, and the bus is released when all of them listen to it. If one fails the rest is closed
 * and the first reason is thrown. Touches nothing process-wide.
 */
export async function createStandalone(
  config: StandaloneConfig,
  deps: StandaloneDeps = {},
): Promise<RunningStandalone> {
  const transport = deps.transport ?? new InProcessTransport({ held: true });
  const withBus = { ...deps, transport };
  const starting = [
    createGateway(config.gateway, deps),
    createMfaOrchestrator(config['mfa-orchestrator'], withBus),
    createTokenService(config['token-service'], withBus),
    createSsoData(config['sso-data'], withBus),
    createOidcBroker(config['oidc-broker'], withBus),
  ] as const;
  const outcomes = await Promise.allSettled(starting);
  const running = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) {
    await Promise.all(running.map((service) => service.close()));
    throw failed.reason;
  }
  transport.release();
  const [gateway, mfa, token, sso, oidc] = running as [
    RunningService,
    RunningService,
    RunningService,
    RunningService,
    RunningService,
  ];
  const close = async (): Promise<void> => {
    await gateway.close();
    await Promise.all([mfa.close(), token.close(), sso.close(), oidc.close()]);
    await transport.close();
  };
  return {
    services: {
      gateway,
      'mfa-orchestrator': mfa,
      'token-service': token,
      'sso-data': sso,
      'oidc-broker': oidc,
    },
    close,
  };
}

import {
  createService as create,
  type DoorConfig,
  type RunningService,
  type ServiceDeps,
} from '@countersign/service-kit';
import { limitConnections } from './connections.ts';
import { GatewayModule } from './gateway.module.ts';
import { addPages } from './pages/pages.routes.ts';
import { Forwarder } from './proxy/forward.ts';
import { addProxyRoutes } from './proxy/proxy.routes.ts';
import { readinessOf } from './readiness.ts';

export { loadConfig as loadGatewayConfig } from './config.ts';

/** The one public origin: proxies by path, holds nothing, has no key. Ready when every service is. */
export function createService(config: DoorConfig, deps?: ServiceDeps): Promise<RunningService> {
  const urls = config.serviceUrls;
  return create({
    name: 'gateway',
    config,
    deps,
    module: () => ({ module: GatewayModule }),
    ready: () => readinessOf(urls),
    door: async (fastify, platform) => {
      const forwarder = new Forwarder(platform.closing.signal);
      fastify.addHook('onClose', () => forwarder.close());
      limitConnections(fastify.server, config.trustedProxies);
      await addProxyRoutes(fastify, forwarder, urls);
      addPages(fastify, () => readinessOf(urls));
    },
  });
}

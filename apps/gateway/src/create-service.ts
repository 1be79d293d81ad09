import {
  createService as create,
  type Platform,
  type RunningService,
  type ServiceDeps,
} from '@countersign/service-kit';
import type { FastifyInstance } from 'fastify';
import type { GatewayConfig } from './config.ts';
import { limitConnections } from './connections.ts';
import { GatewayModule } from './gateway.module.ts';
import { addPages } from './pages/pages.routes.ts';
import { Forwarder } from './proxy/forward.ts';
import { addProxyRoutes } from './proxy/proxy.routes.ts';
import { readinessOf } from './readiness.ts';

export { type GatewayConfig, loadConfig as loadGatewayConfig } from './config.ts';

/** The one public origin: proxies by path, holds nothing, has no key. Ready when every service is. */
export function createService(config: GatewayConfig, deps?: ServiceDeps): Promise<RunningService> {
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
      addPages(fastify, () => readinessOf(urls), config.securityProfile);
      if (hasPhone(config)) await addPhone(fastify, platform, config);
      if (config.securityProfile === 'development') await addTry(fastify, config);
      if (hasPartner(config)) await addPartner(fastify, platform, config);
      if (hasRelyingParty(config)) await addRelyingParty(fastify, platform, config);
    },
  });
}

const hasPhone = (config: GatewayConfig): config is GatewayConfig & { phoneSmtpPort: number } =>
  config.securityProfile === 'development' && config.phoneSmtpPort !== undefined;

/** Loaded only where there is a phone: what shows everybody's codes is not in the memory of a production process. */
async function addPhone(
  fastify: FastifyInstance,
  { closing, clock, logger }: Platform,
  { host, phoneSmtpPort }: GatewayConfig & { phoneSmtpPort: number },
): Promise<void> {
  const { openPhone } = await import('./phone/phone.ts');
  const phone = await openPhone({
    fastify,
    closing: closing.signal,
    clock,
    logger,
    host,
    smtpPort: phoneSmtpPort,
  });
  fastify.addHook('onClose', () => phone.close());
}

/** Loaded only in development: its stand-in for the demo application's back end vouches for everybody. */
async function addTry(fastify: FastifyInstance, config: GatewayConfig): Promise<void> {
  const { openTry } = await import('./try/try.ts');
  await openTry({
    fastify,
    phone: hasPhone(config),
    tokenServiceUrl: config.serviceUrls['token-service'],
    demoKeyPath: config.demoKeyPath,
  });
}

const hasPartner = (config: GatewayConfig): config is GatewayConfig & { demoPartnerUrl: string } =>
  config.securityProfile === 'development' && config.demoPartnerUrl !== undefined;

/** The sample vendor of the demo. */
async function addPartner(
  fastify: FastifyInstance,
  { clock, logger }: Platform,
  { demoPartnerUrl, demoKeyPath, publicUrl, serviceUrls }: GatewayConfig & { demoPartnerUrl: string },
): Promise<void> {
  const { openPartner } = await import('./demo/partner.ts');
  const ssoDataUrl = serviceUrls['sso-data'];
  await openPartner({
    fastify,
    clock,
    logger,
    publicUrl,
    ssoDataUrl,
    handlerUrl: demoPartnerUrl,
    demoKeyPath,
  });
}

const hasRelyingParty = (config: GatewayConfig): config is GatewayConfig & { demoRpPath: string } =>
  config.securityProfile === 'development' && config.demoRpPath !== undefined;

/** The sample relying party of the demo. */
async function addRelyingParty(
  fastify: FastifyInstance,
  { clock, logger }: Platform,
  { demoRpPath, serviceUrls }: GatewayConfig & { demoRpPath: string },
): Promise<void> {
  const { openRelyingParty } = await import('./demo/rp.ts');
  const oidcBrokerUrl = serviceUrls['oidc-broker'];
  await openRelyingParty({ fastify, clock, logger, oidcBrokerUrl, rpPath: demoRpPath });
}

import { loadGatewayConfig } from '@countersign/gateway';
import { loadOrchestratorConfig } from '@countersign/mfa-orchestrator';
import { loadOidcBrokerConfig } from '@countersign/oidc-broker';
import { createLogger, EnvironmentInvalid } from '@countersign/service-kit';
import { loadSsoDataConfig } from '@countersign/sso-data';
import { loadTokenServiceConfig } from '@countersign/token-service';
import { createStandalone, type StandaloneConfig } from './create-service.ts';
import { environmentOf } from './environment-of.ts';

/** Every program's settings. Throws EnvironmentInvalid: names and reasons, never values. */
const loadConfig = (): StandaloneConfig => ({
  gateway: loadGatewayConfig(environmentOf('gateway', process.env)),
  'mfa-orchestrator': loadOrchestratorConfig(environmentOf('mfa-orchestrator', process.env)),
  'token-service': loadTokenServiceConfig(environmentOf('token-service', process.env)),
  'sso-data': loadSsoDataConfig(environmentOf('sso-data', process.env)),
  'oidc-broker': loadOidcBrokerConfig(environmentOf('oidc-broker', process.env)),
});

const logger = createLogger('standalone');
try {
  const config = loadConfig();
  if (config.gateway.securityProfile === 'development')
    logger.warn('SECURITY_PROFILE=development: seeds and development pages are on; not for production');
  const { services, close } = await createStandalone(config);
  let ending = false;
  const end = (code: number): void => {
    if (ending) process.exit(1); // asked twice: at once
    ending = true;
    setTimeout(() => process.exit(1), 11_000).unref();
    void close().then(() => process.exit(code));
  };
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => end(0));
  process.on('uncaughtException', (error) => {
    logger.fatal({ err: error }, 'uncaught');
    end(1);
  });
  logger.info({ url: services.gateway.url }, 'ready');
} catch (error) {
  if (error instanceof EnvironmentInvalid)
    logger.fatal({ problems: error.problems }, 'the environment is not usable');
  else logger.fatal({ err: error }, 'could not start');
  process.exitCode = 1;
  // whatever a failed start has left open must not keep the process
  setTimeout(() => process.exit(1), 500).unref();
}

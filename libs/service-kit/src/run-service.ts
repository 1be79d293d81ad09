import { type DoorConfig, loadServiceConfig, type ServiceConfig } from './config.ts';
import { EnvironmentInvalid } from './environment.ts';
import { createLogger } from './logs.ts';
import type { ProcessName } from './platform.ts';
import type { RunningService } from './service-options.ts';

/**
 * What every `main.ts` does: settings from the environment, the service, signals. SIGTERM and SIGINT close it in order
 * and end the process, within 10 seconds; a second signal ends it at once. Never returns with a service half open.
 */
export async function runService<C extends DoorConfig = ServiceConfig>(
  name: ProcessName,
  create: (config: C) => Promise<RunningService>,
  load: () => C = loadServiceConfig as unknown as () => C,
): Promise<void> {
  const logger = createLogger(name);
  try {
    const config = load();
    if (config.securityProfile === 'development')
      logger.warn('SECURITY_PROFILE=development: seeds and development pages are on; not for production');
    const service = await create(config);
    endOnSignals(service);
    process.on('uncaughtException', (error) => {
      logger.fatal({ err: error }, 'uncaught');
      void service.close().finally(() => process.exit(1));
    });
    logger.info({ url: service.url }, 'ready');
  } catch (error) {
    if (error instanceof EnvironmentInvalid)
      logger.fatal({ problems: error.problems }, 'the environment is not usable');
    else logger.fatal({ err: error }, 'could not start');
    process.exitCode = 1;
    // whatever a failed start has left open must not keep the process
    setTimeout(() => process.exit(1), 500).unref();
  }
}

function endOnSignals(service: RunningService): void {
  let asked = false;
  const end = (): void => {
    if (asked) process.exit(1);
    asked = true;
    setTimeout(() => process.exit(1), 11_000).unref();
    void service.close().then(() => process.exit(0));
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
}

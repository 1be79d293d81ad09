import type { LoggerService } from '@nestjs/common';
import { type DestinationStream, type Logger, pino } from 'pino';
import { redact, redactText } from './redact.ts';

export type { Logger } from 'pino';

/** A logger of JSON lines for `service`. Secrets are taken out of everything that is handed to it. */
export function createLogger(service: string, level = 'info', destination?: DestinationStream): Logger {
  const options = {
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (record: object) => redact(record) as Record<string, unknown>,
    },
    // the formatter has dealt with errors already
    serializers: { err: (error: unknown) => error },
    hooks: {
      logMethod(this: Logger, args: unknown[], method: (...args: unknown[]) => void) {
        const clean = args.map((argument) =>
          typeof argument === 'string' ? redactText(argument) : argument,
        );
        method.apply(this, clean);
      },
    },
  };
  return destination ? pino(options as never, destination) : pino(options as never);
}

/** Nest keeps one logger per process whatever is passed to it, so all applications hand it this one. */
let forNest: LoggerService | undefined;

export function nestLogger(): LoggerService {
  if (forNest) return forNest;
  const logger = createLogger('nest', 'warn');
  const line =
    (level: 'info' | 'warn' | 'error' | 'debug') =>
    (message: unknown, ...more: unknown[]) =>
      logger[level]({ nest: message instanceof Error ? { err: message } : { message, more } }, 'nest');
  forNest = { log: line('info'), error: line('error'), warn: line('warn'), debug: line('debug') };
  return forNest;
}

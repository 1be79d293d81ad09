import { Kafka, type KafkaConfig, type logCreator, logLevel, type SASLOptions } from 'kafkajs';
import { promptSockets } from './kafka-sockets.ts';
import type { Logger } from './logger.ts';

/** How to reach the brokers. */
export interface KafkaOptions {
  brokers: string[];
  clientId?: string;
  /** TLS: true for the system's authorities, or Node's TLS options. */
  ssl?: KafkaConfig['ssl'];
  sasl?: SASLOptions;
  /** Stands before every topic and group name, so that tests can share a broker. */
  prefix?: string;
}

export const HEARTBEAT_MS = 1_500;

/** How a member of a consumer group reads. */
export const MEMBER = {
  // kill -9 costs the group this long
  sessionTimeout: 6_000,
  heartbeatInterval: HEARTBEAT_MS,
  rebalanceTimeout: 12_000,
  maxBytesPerPartition: 2 * 1024 * 1024,
  maxWaitTimeInMs: 1_000,
  metadataMaxAge: 60_000,
  allowAutoTopicCreation: false,
};

/** Connects within a second and answers an outage soon: whoever calls retries for ever on their own terms. */
export function kafkaClient(options: KafkaOptions, logger: Logger): Kafka {
  silenceNegativeTimeouts();
  return new Kafka({
    clientId: options.clientId ?? 'countersign',
    brokers: options.brokers,
    ...(options.ssl === undefined ? {} : { ssl: options.ssl }),
    ...(options.sasl === undefined ? {} : { sasl: options.sasl }),
    socketFactory: promptSockets,
    connectionTimeout: 1_000,
    authenticationTimeout: 5_000,
    requestTimeout: 10_000,
    // uncapped, kafkajs waits up to 30 s between tries, which a broker's restart then costs
    retry: { initialRetryTime: 50, maxRetryTime: 1_000, retries: 5 },
    logLevel: logLevel.INFO,
    logCreator: toLogger(logger),
  });
}

const toLogger =
  (logger: Logger): logCreator =>
  () =>
  ({ level, namespace, log: { message, timestamp: _t, logger: _l, stack: _s, ...fields } }) => {
    // its errors are retried and reported where they end; as they pass they are news, no more
    if (level <= logLevel.WARN && !/Limiting retries for the idempotent producer/.test(message)) {
      logger.warn({ ...fields, kafka: namespace }, message);
    } else {
      logger.debug({ ...fields, kafka: namespace }, message);
    }
  };

let silenced = false;

/** kafkajs computes a timeout of less than zero now and then, of which Node ≥ 24 warns; this warning alone is dropped. */
function silenceNegativeTimeouts(): void {
  if (silenced) return;
  silenced = true;
  const emitWarning = process.emitWarning.bind(process) as (...args: unknown[]) => void;
  process.emitWarning = ((warning: unknown, ...rest: unknown[]) => {
    const name = typeof rest[0] === 'object' ? (rest[0] as { type?: string } | null)?.type : rest[0];
    if (name !== 'TimeoutNegativeWarning') emitWarning(warning, ...rest);
  }) as typeof process.emitWarning;
}

import type { EventType } from '@countersign/contracts';
import type { Clock, CrashPoints } from '@countersign/kernel';
import type { Database } from '@countersign/persistence';
import type { INestApplication } from '@nestjs/common';
import type { Registry } from 'prom-client';
import { DeadLetters } from './dead-letters.ts';
import type { Admit } from './event-context.ts';
import { EventRunner } from './event-runner.ts';
import { EventStrategy } from './event-strategy.ts';
import { BusFollower, type Follower, type FollowOptions } from './follower.ts';
import { Inbox } from './inbox.ts';
import type { Logger } from './logger.ts';
import { MessagingMetrics } from './metrics.ts';
import { Outbox } from './outbox.ts';
import { purgeTimers } from './purge.ts';
import { Relay } from './relay.ts';
import { Timers } from './timers.ts';
import type { Subscription, Transport } from './transport.ts';
import { Worker } from './worker.ts';

export interface MessagingOptions {
  /** The service's name: its consumer group, and the stem of its dead-letter topic. */
  service: string;
  /** CloudEvents `source` of what it publishes, such as `/mfa-orchestrator`. */
  source: string;
  database: Database;
  /** Closed by `stop()`. */
  transport: Transport;
  clock: Clock;
  logger: Logger;
  crashPoints: CrashPoints;
  metrics: Registry;
  admit?: Admit;
  /** Whether an application exists: dead letters of those that do not are the platform's. */
  knownApplication?: (appId: string) => Promise<boolean>;
  /** Most outbox shards this process publishes; default all that are free. */
  relayShards?: number;
  /** Waits between tries, in milliseconds; default 1 s, 5 s, 30 s, 2 min, 10 min. */
  backOffMs?: readonly number[];
}

/** Everything a service needs to say and to hear events. One per service, made before its Nest application. */
export class Messaging {
  readonly outbox: Outbox;
  readonly timers: Timers;
  readonly deadLetters: DeadLetters;
  private readonly relay: Relay;
  private readonly worker: Worker;
  private readonly inbox: Inbox;
  private readonly events: EventStrategy;
  private readonly followers: { start(): Promise<void>; stop(): Promise<void> }[] = [];
  private started = false;
  private subscription: Subscription | undefined;

  constructor(private readonly options: MessagingOptions) {
    const { service, database, logger, crashPoints, transport } = options;
    this.relay = new Relay({
      database,
      transport,
      logger,
      crashPoints,
      ...(options.relayShards === undefined ? {} : { shards: options.relayShards }),
    });
    const outbox = (this.outbox = new Outbox(options.source, options.clock, this.relay.wake));
    this.timers = new Timers(logger);
    for (const timer of purgeTimers(database)) this.timers.register(timer);
    const events = (this.events = new EventStrategy(() => this.consume()));
    const shared = {
      service,
      database,
      outbox,
      logger,
      crashPoints,
      metrics: new MessagingMetrics(options.metrics, database),
    };
    const runner = new EventRunner({
      ...shared,
      handlerOf: (type) => events.handlerOf(type),
      admit: options.admit,
      backOffMs: options.backOffMs,
    });
    const worker = (this.worker = new Worker({ service, database, runner, logger }));
    this.inbox = new Inbox({
      ...shared,
      handles: (type) => events.handlerOf(type) !== undefined,
      onArrival: worker.wake,
    });
    this.deadLetters = new DeadLetters(service, database, worker.wake, options.knownApplication);
  }

  /** Makes `@EventPattern` methods of `app` handlers; `app.startAllMicroservices()` then begins to consume. */
  connect(app: INestApplication): void {
    this.events.connect(app);
  }

  /** The Nest transport behind {@link connect}. */
  strategy(): EventStrategy {
    return this.events;
  }

  /**
   * Reads events along, past the inbox and its guarantees: for what this process keeps in memory. From {@link start}
   * on, until {@link stop}; throws once it has started.
   */
  follow<T extends EventType>(options: FollowOptions<T>): Follower {
    if (this.started) throw new Error('who follows says so before the start');
    const { service: reader, transport, logger } = this.options;
    const follower = new BusFollower({ reader, transport, logger }, options);
    this.followers.push(follower);
    return follower;
  }

  /** Starts relay, timers and followers. */
  async start(): Promise<void> {
    this.started = true;
    this.relay.start();
    this.timers.start();
    await Promise.all(this.followers.map((follower) => follower.start()));
  }

  /** Takes no more records in. First step of a shutdown, after the HTTP door. */
  async pauseConsumers(): Promise<void> {
    await this.subscription?.pause();
  }

  /** Waits for handlers and timers under way, then gives the relay up to 2 s for what they wrote. */
  async drain(): Promise<void> {
    await Promise.all([this.worker.stop(), this.timers.stop()]);
    await this.relay.flush(2_000);
  }

  /** Leaves the group and ends everything, whatever was called before. The database is closed after it. */
  async stop(): Promise<void> {
    await this.pauseConsumers();
    await Promise.all([this.worker.stop(), this.timers.stop()]);
    await Promise.all([this.subscription?.close(), ...this.followers.map((follower) => follower.stop())]);
    await this.relay.stop();
    await this.options.transport.close();
  }

  /** Whether everything it consumes is being read. True for a service without handlers. */
  ready(): boolean {
    return this.events.types.length === 0 || (this.subscription?.assigned() ?? false);
  }

  private async consume(): Promise<void> {
    if (this.events.types.length === 0) return;
    this.worker.start();
    this.subscription = await this.options.transport.subscribe({
      group: this.options.service,
      topics: this.events.topics,
      onRecords: (records) => this.inbox.receive(records),
    });
  }
}

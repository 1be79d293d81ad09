import { EVENTS, type EventType, isEventType, type TopicName } from '@countersign/contracts';
import type { INestApplication } from '@nestjs/common';
import {
  type CustomTransportStrategy,
  type MessageHandler,
  type NestMicroservice,
  Server,
} from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import type { EventHandler } from './event-runner.ts';
import { OriginalErrorFilter } from './original-error.filter.ts';

/**
 * Lets `@EventPattern('mfa.challenge.required.v1')` methods be ordinary Nest handlers, fed by the inbox. Nest's own
 * Kafka transport blocks a partition on any exception and loses events that nobody handles.
 */
export class EventStrategy extends Server implements CustomTransportStrategy {
  private readonly handlers = new Map<EventType, MessageHandler[]>();
  private connected = false;

  constructor(private readonly onListen: () => Promise<void>) {
    super();
  }

  /** Makes this the event door of `app`: before `app.startAllMicroservices()`, which begins to consume. */
  connect(app: INestApplication): void {
    const door = app.connectMicroservice(
      { strategy: this },
      { deferInitialization: true },
    ) as unknown as NestMicroservice;
    door.useGlobalFilters(new OriginalErrorFilter());
    // what connectMicroservice does itself when nothing has to come before it
    door.registerListeners();
    door.setIsInitialized(true);
    door.setIsInitHookCalled(true);
    this.ready();
  }

  /** @internal Handlers are added by something that hands their errors on. */
  ready(): void {
    this.connected = true;
  }

  /** The event types that have a handler. */
  get types(): EventType[] {
    return [...this.handlers.keys()];
  }

  /** The topics of those types. */
  get topics(): TopicName[] {
    return [...new Set(this.types.map((type) => EVENTS[type].topic))];
  }

  /** All handlers of `type` as one, run one after the other because they share a transaction. */
  handlerOf(type: string): EventHandler | undefined {
    const handlers = isEventType(type) ? this.handlers.get(type) : undefined;
    if (!handlers) return undefined;
    return async (data, context) => {
      for (const handler of handlers) {
        const result: unknown = await handler(data, context);
        if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
      }
    };
  }

  /** Called by Nest for every `@EventPattern`. Throws on a type that is not in the catalogue. */
  override addHandler(pattern: unknown, handler: MessageHandler, isEventHandler = false): void {
    if (!isEventHandler || typeof pattern !== 'string' || !isEventType(pattern)) {
      throw new Error(`not an event of the catalogue: ${JSON.stringify(pattern)}`);
    }
    this.handlers.set(pattern, [...(this.handlers.get(pattern) ?? []), handler]);
  }

  override listen(callback: (error?: unknown) => void): void {
    if (!this.connected) {
      callback(
        new Error('connect the event door with messaging.connect(app), or handlers lose their errors'),
      );
      return;
    }
    this.onListen().then(
      () => callback(),
      (error: unknown) => callback(error),
    );
  }

  // Messaging.stop() ends consumption, in its order
  override close(): void {}
  override on(): void {}
  override unwrap<T>(): T {
    return this as unknown as T;
  }
}

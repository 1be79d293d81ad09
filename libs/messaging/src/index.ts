export {
  type DeadLetter,
  type DeadLetterProblem,
  DeadLetters,
  type DeadLetterScope,
} from './dead-letters.ts';
export { type DeadNotice } from './dead-notice.ts';
export { type Admission, type Admit, type ArrivedRecord, type EventContext } from './event-context.ts';
export { type EventHandler } from './event-runner.ts';
export { EventStrategy } from './event-strategy.ts';
export { type FollowedEvent, type Follower, type FollowOptions } from './follower.ts';
export { InProcessTransport, NotTaken } from './in-process-transport.ts';
export { type DeadReason } from './inbox.decide.ts';
export { type KafkaOptions } from './kafka-settings.ts';
export { KafkaTransport, type KafkaTransportOptions } from './kafka-transport.ts';
export { type Logger } from './logger.ts';
export { Messaging, type MessagingOptions } from './messaging.ts';
export { messagingMigrations } from './migrations.ts';
export { EventTooLarge, type NewEvent, Outbox, type OutboxRow } from './outbox.ts';
export { OriginalErrorFilter } from './original-error.filter.ts';
export { type Timer, Timers } from './timers.ts';
export { provisionTopics } from './topics-provisioning.ts';
export {
  currentCausationId,
  currentCorrelationId,
  currentTrace,
  runAsHandlerOf,
  runWithCorrelationId,
  runWithTrace,
} from './trace.ts';
export {
  type Follow,
  type InRecord,
  type OutRecord,
  type Subscription,
  type Transport,
} from './transport.ts';
export { Permanent } from './worker.decide.ts';

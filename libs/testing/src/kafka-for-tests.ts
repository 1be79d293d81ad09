import { randomBytes } from 'node:crypto';
import { skipAloud } from './skip-aloud.ts';

/** A broker that runs for the whole test run. */
export interface TestKafka {
  brokers: string[];
  /** Stands before the names of this file's topics and groups, so that files do not hear each other. */
  prefix: string;
}

const prefix = `t${randomBytes(4).toString('hex')}.`;

/**
 * The broker of `TEST_KAFKA_BROKERS` (comma list, set by `npm test` where Java and Maven are), or undefined.
 * With `REQUIRE_KAFKA=1` a missing one is an error: continuous integration never skips.
 */
export function kafkaForTests(): TestKafka | undefined {
  const brokers = process.env.TEST_KAFKA_BROKERS?.split(',').filter((broker) => broker !== '');
  if (brokers && brokers.length > 0) return { brokers, prefix };
  if (process.env.REQUIRE_KAFKA === '1')
    throw new Error('REQUIRE_KAFKA=1, but TEST_KAFKA_BROKERS names no broker');
  return undefined;
}

/** A `describe` for suites on a real broker; where there is none they are skipped, and that is said. */
export function describeKafka(title: string, suite: (kafka: TestKafka) => void): void {
  const kafka = kafkaForTests();
  if (kafka) return describe(title, () => suite(kafka));
  skipAloud(title, 'no Kafka broker (TEST_KAFKA_BROKERS)');
}

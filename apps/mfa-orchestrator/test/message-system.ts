import { CrashPoints, FixedClock } from '@countersign/kernel';
import { Database } from '@countersign/persistence';
import { Attempts, attemptsMigration, Vault } from '@countersign/security';
import { createLogger } from '@countersign/service-kit';
import { createTestDatabase, type TestDatabase } from '@countersign/testing';
import type { OrchestratorConfig } from '../src/config.ts';
import { ChannelHealth } from '../src/messages/channel-health.ts';
import { Delivering } from '../src/messages/delivering.ts';
import { MessageChannels } from '../src/messages/message-channels.ts';
import { MessageSender } from '../src/messages/message-sender.ts';
import { MessageRepository } from '../src/messages/message.repository.ts';
import type { NewMessage } from '../src/messages/message.types.ts';
import { Messages } from '../src/messages/messages.service.ts';
import { Settlements } from '../src/messages/settlements.ts';
import { usersAndPolicies } from '../src/migrations/0001-users-and-policies.ts';
import { challengesFlowsDecisions } from '../src/migrations/0002-challenges-flows-decisions.ts';
import { factors } from '../src/migrations/0003-factors.ts';

export interface MessageRow {
  id: string;
  state: string;
  sealed: string | null;
  attempts: number;
  provider: string | null;
  failure: string | null;
}

/** A database with the orchestrator's tables, and everything it logs. */
export class MessageDatabase {
  readonly logs: string[] = [];
  readonly logger = createLogger('test', 'trace', { write: (line: string) => void this.logs.push(line) });
  readonly vault = new Vault(new Uint8Array(32).fill(7));

  private constructor(
    readonly db: Database,
    private readonly server: TestDatabase,
  ) {}

  static async open(label: string): Promise<MessageDatabase> {
    const server = await createTestDatabase(label);
    const migrations = [attemptsMigration, usersAndPolicies, challengesFlowsDecisions, factors];
    const db = await Database.open({ url: server.url, applicationName: label, entities: [], migrations });
    await db.migrate();
    return new MessageDatabase(db, server);
  }

  get attempts(): Attempts {
    return new Attempts(this.db);
  }

  async rows(): Promise<MessageRow[]> {
    return this.db.query<MessageRow>('SELECT * FROM messages ORDER BY created_at, id');
  }

  async row(id: string | undefined): Promise<MessageRow> {
    const [row] = await this.db.query<MessageRow>('SELECT * FROM messages WHERE id = $1', [id]);
    return row!;
  }

  /** Has what waits (back-offs, leases) be due now, as time would. */
  async timePasses(): Promise<void> {
    await this.db.query(
      "UPDATE messages SET due_at = clock_timestamp() - interval '1 s', lease_until = due_at",
    );
  }

  async close(): Promise<void> {
    await this.db.close();
    await this.server.drop();
  }
}

/** One process that plans and sends. */
export class MessageProcess {
  readonly clock = new FixedClock();
  readonly channels: MessageChannels;
  readonly health: ChannelHealth;
  readonly sender: MessageSender;
  readonly messages: Messages;

  constructor(
    private readonly base: MessageDatabase,
    config: Pick<OrchestratorConfig, 'email' | 'sms'>,
    crashPoints = new CrashPoints(),
  ) {
    const rows = new MessageRepository(base.db);
    this.channels = new MessageChannels(config);
    this.health = new ChannelHealth(this.channels, this.clock);
    const delivering = new Delivering(this.channels, this.health, base.vault, crashPoints, base.logger);
    const settlements = new Settlements(rows, base.logger);
    this.sender = new MessageSender(rows, this.channels, delivering, settlements, base.logger);
    this.messages = new Messages(this.channels, rows, this.sender, base.vault, this.clock);
  }

  /** Plans in a transaction of its own. */
  plan(message: Partial<NewMessage> = {}): Promise<string | undefined> {
    const whole: NewMessage = {
      ...{ appId: 'demo', userId: 'u1', channel: 'email', kind: 'otp', to: 'dana@bank.example' },
      ...{ text: '836142 is your code for Demo bank.', usefulSeconds: 300 },
      ...message,
    };
    return this.base.db.transaction((tx) => this.messages.plan(tx, whole));
  }

  async close(): Promise<void> {
    await this.sender.onModuleDestroy();
    this.channels.onApplicationShutdown();
  }
}

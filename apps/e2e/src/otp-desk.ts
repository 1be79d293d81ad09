import type { Clock } from '@countersign/kernel';
import { type Bank, expectStatus } from './bank.ts';
import { withContacts } from './contacts.ts';
import type { Page } from './page.ts';
import { Phone } from './phone.ts';
import { System } from './system.ts';

export interface OtpDeskOptions {
  clock?: Clock;
  /** Settings of the bank's application. */
  settings?: Record<string, unknown>;
}

/** What specs about one-time codes work at: a system with a bank, its virtual phone, and a user of each test's own. */
export class OtpDesk {
  system!: System;
  bank!: Bank;
  phone!: Phone;
  /** Whom nobody has seen before this test. */
  user = '';
  private users = 0;

  /** Opened before the first test of the `describe` that asks for it, closed after its last. */
  static open(label: string, { clock, settings }: OtpDeskOptions = {}): OtpDesk {
    const desk = new OtpDesk();
    beforeAll(async () => {
      desk.system = await System.boot(label, clock && { clock });
      desk.bank = await desk.system.bank(settings && { settings });
      desk.phone = new Phone(desk.system);
    });
    afterAll(() => desk.system?.close());
    beforeEach(() => {
      desk.user = `user-${++desk.users}`;
    });
    return desk;
  }

  rows<Row>(sql: string, params: unknown[] = []): Promise<Row[]> {
    return this.system.rows<Row>('mfa-orchestrator', sql, params);
  }

  /** Gives the user verified addresses. */
  contacts(
    wanted: { emails?: number; phones?: number },
    bank = this.bank,
  ): Promise<{ emails: string[]; phones: string[] }> {
    return withContacts(bank, this.user, wanted);
  }

  /** Begins a login of the user. */
  login(bank = this.bank): Promise<Page> {
    return bank.login(this.user);
  }

  /** The pause between two messages is over, as time would have it. */
  async pauseOver(): Promise<void> {
    await this.rows(`DELETE FROM attempts WHERE scope = 'message-pause'`);
  }

  /** All addresses were verified long enough ago for any context. */
  async contactsAged(): Promise<void> {
    await this.rows(`UPDATE contacts SET verified_at = now() - interval '2 days'`);
  }

  /** Somebody, in whatever flows, has spent the tries at codes by e-mail. */
  async emailLocked(username = this.user): Promise<void> {
    await this.rows(
      `INSERT INTO attempts (scope, key, count, refused, allowed, expires_at)
       SELECT 'factor:otp:email', id, 10, 0, true, now() + interval '1 hour' FROM users WHERE username_key = $1`,
      [username],
    );
  }

  /** Has a code sent in a flow and reads it at `address`; without `option` the user's first address is asked for. */
  async codeFor(page: Page, address: string, option?: string): Promise<string> {
    const method = address.includes('@') ? 'email' : 'sms';
    expectStatus(await page.step('otp/request', { method, option }), 200);
    return this.phone.code(address);
  }
}

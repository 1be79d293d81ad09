import { waitFor } from '@countersign/testing';
import { send } from './http.ts';
import type { System } from './system.ts';

/** What arrived at the virtual phone. */
export interface Arrived {
  id: string;
  channel: 'email' | 'sms';
  to: string;
  subject?: string;
  text: string;
  code?: string;
}

/** A code that is not `code`. */
export const wrongFor = (code: string): string => (code === '111111' ? '222222' : '111111');

/** The virtual phone of a running system: e-mails by SMTP, SMS by HTTP, read as a script reads them. */
export class Phone {
  private readonly seen = new Set<string>();

  constructor(private readonly system: Pick<System, 'gateway'>) {}

  /** Everything sent to an address, newest first. */
  async all(to: string): Promise<Arrived[]> {
    const path = `/phone/messages?to=${encodeURIComponent(to)}&limit=500`;
    return (await send('GET', this.system.gateway, path)).body.items as Arrived[];
  }

  /** Waits for the next message to `to` that nobody has read yet, and that is `wanted`. */
  async next(to: string, wanted: (message: Arrived) => boolean = () => true): Promise<Arrived> {
    const message = await waitFor(
      async () => (await this.all(to)).reverse().find((one) => !this.seen.has(one.id) && wanted(one)),
      { what: `a message to ${to}` },
    );
    this.seen.add(message.id);
    return message;
  }

  /** Waits for the next message to `to` with a code in it and answers the code. */
  async code(to: string): Promise<string> {
    const { code } = await this.next(to, (message) => message.code !== undefined);
    return code!;
  }
}

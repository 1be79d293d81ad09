import { type ClientRequest, request as httpRequest } from 'node:http';
import { waitFor } from '@countersign/testing';
import type { Bank } from './bank.ts';
import { basic } from './http.ts';

export interface StreamedEvent {
  id: string;
  event: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a challenge, as specs look into it
  data: any;
}

/** A reader of `GET /v1/challenges/stream`, as an EventSource is one. */
export class StreamReader {
  readonly events: StreamedEvent[] = [];
  ended = false;
  private rest = '';
  private request!: ClientRequest;

  /** Connects; resolves when the answer has begun. Rejects where it is not 200. */
  static async open(bank: Bank, lastEventId?: string): Promise<StreamReader> {
    const reader = new StreamReader();
    const headers = {
      authorization: basic(bank.apiKey),
      ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
    };
    await new Promise<void>((resolve, reject) => {
      const url = `${bank.system.gateway}/apps/${bank.appId}/v1/challenges/stream`;
      reader.request = httpRequest(url, { headers }, (answer) => {
        if (answer.statusCode !== 200) return reject(new Error(`answered ${answer.statusCode}`));
        answer.setEncoding('utf8');
        answer.on('data', (text: string) => reader.take(text));
        answer.on('close', () => (reader.ended = true));
        answer.on('error', () => undefined);
        resolve();
      });
      reader.request.on('error', reject);
      reader.request.end();
    });
    return reader;
  }

  /** Waits until `n` events of `challengeIds` have come, and answers them. */
  of(challengeIds: string[], n: number): Promise<StreamedEvent[]> {
    return waitFor(
      () => {
        const found = this.events.filter(({ data }) => challengeIds.includes(data.id));
        return found.length >= n ? found : undefined;
      },
      { what: `${n} events in the stream` },
    );
  }

  close(): void {
    this.request.destroy();
  }

  private take(text: string): void {
    const blocks = (this.rest + text).split('\n\n');
    this.rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const lines = new Map(
        block.split('\n').map((line) => [line.split(':', 1)[0], line.slice(line.indexOf(':') + 1).trim()]),
      );
      const [id, event, data] = [lines.get('id'), lines.get('event'), lines.get('data')];
      if (id && event && data) this.events.push({ id, event, data: JSON.parse(data) });
    }
  }
}

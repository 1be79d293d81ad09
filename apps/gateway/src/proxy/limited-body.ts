import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';

/** Forwarded at most: a little more than services take, so that it is they who refuse, after looking at credentials. */
const FORWARDED_BYTES = 1024 * 1024 + 64 * 1024;
/** Read and thrown away at most after an early answer, so that a client that is still sending gets to read it. */
const DRAINED_BYTES = 16 * 1024 * 1024;

/** Whether a request comes with a body. */
export const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

/** The body of a request as a stream that can be abandoned without ending the client's connection. */
export class LimitedBody {
  readonly stream = new PassThrough();
  private bytes = 0;
  private abandoned = false;

  constructor(private readonly request: IncomingMessage) {
    request.on('data', (chunk: Buffer) => this.take(chunk));
    request.on('end', () => this.stream.end());
    request.on('error', () => this.stream.destroy());
    this.stream.on('drain', () => request.resume());
    this.stream.on('error', () => this.abandon());
  }

  /** The answer is there: what still comes is thrown away; a client that will not stop is cut off. */
  abandon(): void {
    this.abandoned = true;
    this.request.resume();
  }

  private take(chunk: Buffer): void {
    this.bytes += chunk.length;
    if (this.abandoned) {
      if (this.bytes > DRAINED_BYTES) this.request.destroy();
    } else if (this.bytes > FORWARDED_BYTES) {
      // wait: the service has refused this by now
      this.request.pause();
    } else if (!this.stream.write(chunk)) {
      this.request.pause();
    }
  }
}

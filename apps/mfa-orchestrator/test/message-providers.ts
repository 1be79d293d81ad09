import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** A real SMTP server that keeps what it got. */
export interface SmtpSink {
  url: string;
  /** Whole messages, with headers. */
  mails: { to: string[]; raw: string }[];
  /** What it says about recipients or content instead of taking them. */
  refuse?: { at: 'rcpt' | 'data'; code: number };
  close(): Promise<void>;
}

export async function smtpSink(): Promise<SmtpSink> {
  const sink: SmtpSink = {
    ...{ url: '', mails: [] },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
  const refusal = (at: 'rcpt' | 'data') =>
    sink.refuse?.at === at
      ? // what it says names the recipient, as real ones do
        Object.assign(new Error('no such user canary@bank.example'), { responseCode: sink.refuse.code })
      : null;
  const server = new SMTPServer({
    ...{ authOptional: true, disabledCommands: ['STARTTLS', 'AUTH'], logger: false },
    onRcptTo: (_address, _session, done) => done(refusal('rcpt')),
    onData: (stream, session, done) => {
      let raw = '';
      stream.on('data', (chunk: Buffer) => (raw += chunk.toString()));
      stream.on('end', () => {
        const error = refusal('data');
        if (!error) sink.mails.push({ to: session.envelope.rcptTo.map(({ address }) => address), raw });
        done(error);
      });
    },
  });
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  sink.url = `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
  return sink;
}

/** A provider that speaks Twilio's API. */
export interface SmsSink {
  /** With account and token. */
  url: string;
  requests: { path: string; headers: IncomingMessage['headers']; form: URLSearchParams }[];
  /** Status of the next answers; 0: the connection breaks off after the request. */
  status: number;
  body: string;
  close(): Promise<void>;
}

export async function smsSink(): Promise<SmsSink> {
  const sink: SmsSink = {
    ...{ url: '', requests: [], status: 201, body: '{"sid":"SM1"}' },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      sink.requests.push({
        path: request.url ?? '',
        headers: request.headers,
        form: new URLSearchParams(body),
      });
      if (sink.status === 0) return void request.socket.destroy();
      response.writeHead(sink.status, { 'content-type': 'application/json', location: '/elsewhere' });
      response.end(sink.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  sink.url = `http://AC0123:s%40cret@127.0.0.1:${(server.address() as AddressInfo).port}/phone/sms`;
  return sink;
}

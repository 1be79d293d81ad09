import type { AddressInfo } from 'node:net';
import type { Logger } from '@countersign/service-kit';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import type { PhoneMessages } from './phone-messages.ts';

/** Largest e-mail, in bytes. */
const LARGEST = 256 * 1024;
const MOST_CLIENTS = 100;
const MOST_RECIPIENTS = 20;

export interface SmtpSink {
  port: number;
  close(): Promise<void>;
}

/** An SMTP server that delivers to the phone whatever it gets, for any address, and nothing anywhere else. */
export async function openSmtpSink(
  messages: PhoneMessages,
  { host, port, logger }: { host: string; port: number; logger: Logger },
): Promise<SmtpSink> {
  const server = new SMTPServer({
    name: 'phone.localhost',
    banner: 'Countersign virtual phone',
    // for the loopback of a developer's machine: no certificate, no login
    ...{ authOptional: true, disabledCommands: ['AUTH', 'STARTTLS'], disableReverseLookup: true },
    ...{ size: LARGEST, maxClients: MOST_CLIENTS, socketTimeout: 60_000, closeTimeout: 200, logger: false },
    onRcptTo: (_address, { envelope }, done) =>
      done(envelope.rcptTo.length < MOST_RECIPIENTS ? null : refusal(452, 'too many recipients')),
    onData: (stream, session, done) => {
      take(messages, stream, session).then(
        () => done(null),
        (error: Error) => done(error),
      );
    },
  });
  server.on('error', (error) => logger.debug({ err: error }, 'a client of the phone’s SMTP server'));
  const listening = server.listen(port, host);
  await new Promise<void>((resolve, reject) => listening.once('listening', resolve).once('error', reject));
  return {
    port: (listening.address() as AddressInfo).port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function take(messages: PhoneMessages, stream: SMTPServerDataStream, session: SMTPServerSession) {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    // read to its end, so that the client hears why; but not kept
    if (size <= LARGEST) chunks.push(chunk);
  }
  if (size > LARGEST) throw refusal(552, 'the message is too large');
  const mail = await simpleParser(Buffer.concat(chunks), { skipImageLinks: true });
  const { mailFrom, rcptTo } = session.envelope;
  const from = senderOf(mail) || (mailFrom ? mailFrom.address : '');
  for (const { address } of rcptTo)
    messages.add({
      channel: 'email',
      from,
      to: address,
      ...(mail.subject !== undefined && { subject: mail.subject }),
      text: (mail.text ?? '').trimEnd(),
      ...(typeof mail.html === 'string' && { html: mail.html }),
    });
}

const senderOf = ({ from }: ParsedMail): string => from?.text ?? '';

const refusal = (responseCode: number, text: string): Error =>
  Object.assign(new Error(text), { responseCode });

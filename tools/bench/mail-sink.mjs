/** An SMTP server that hands the code of every e-mail to whoever waits for it. */
import { SMTPServer } from 'smtp-server';

const WITHIN_MS = 10_000;

/** Answers { url, code(address): the next code sent there, close() }; ask for a code before it can arrive. */
export async function openMailSink(port = 0) {
  const waiting = new Map();
  const server = new SMTPServer({
    ...{
      authOptional: true,
      disabledCommands: ['AUTH', 'STARTTLS'],
      disableReverseLookup: true,
      logger: false,
    },
    onData(stream, session, done) {
      let text = '';
      stream.on('data', (chunk) => (text += chunk));
      stream.on('end', () => {
        const [code] = /(?<![\w-])\d{6}(?![\w-])/.exec(text.slice(text.indexOf('\r\n\r\n'))) ?? [];
        for (const { address } of session.envelope.rcptTo) waiting.get(address)?.(code);
        done(null);
      });
    },
  });
  server.on('error', () => {}); // clients that go away with the system
  const listening = server.listen(port, '127.0.0.1');
  await new Promise((resolve) => listening.once('listening', resolve));
  return {
    url: `smtp://127.0.0.1:${listening.address().port}`,
    code: (address) =>
      new Promise((resolve, reject) => {
        const late = setTimeout(() => reject(new Error(`no code came to ${address}`)), WITHIN_MS);
        waiting.set(address, (code) => {
          clearTimeout(late);
          waiting.delete(address);
          resolve(code);
        });
      }),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

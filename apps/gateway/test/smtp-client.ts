import { connect } from 'node:net';
import { createInterface } from 'node:readline';

/** Speaks SMTP: sends each line when the one before was answered. Resolves with the answers' codes, the greeting's first. */
export function smtp(port: number, lines: string[]): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const codes: number[] = [];
    const left = [...lines, 'QUIT'];
    const socket = connect(port, '127.0.0.1').on('error', reject);
    createInterface({ input: socket }).on('line', (line) => {
      const [, code, more] = /^(\d{3})(-?)/.exec(line) ?? [];
      if (more === '-') return;
      codes.push(Number(code));
      const next = left.shift();
      if (next !== undefined) socket.write(`${next}\r\n`);
    });
    socket.on('close', () => resolve(codes));
  });
}

/** An e-mail in one go: everything up to the final dot. */
export const mail = (port: number, to: string[], content: string): Promise<number[]> =>
  smtp(port, [
    'EHLO test.example',
    'MAIL FROM:<no-reply@bank.example>',
    ...to.map((address) => `RCPT TO:<${address}>`),
    'DATA',
    `${content}\r\n.`,
  ]);

import { createSocket } from 'node:dgram';

/** A DNS server on a free port of the loopback interface. */
export interface NameServer {
  /** `address:port`. */
  address: string;
  /** Names that were asked for their IPv4 address, in order. */
  asked: string[];
  close(): Promise<void>;
}

/**
 * Answers A questions with the IPv4 addresses that `answer` gives for the name and how often it was asked before;
 * with nothing for other types; never, where `answer` gives undefined.
 */
export async function nameServer(
  answer: (name: string, before: number) => string[] | undefined,
): Promise<NameServer> {
  const asked: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (question, from) => {
    const { name, end } = nameIn(question);
    const isA = question.readUInt16BE(end) === 1;
    const addresses = isA ? answer(name, asked.filter((old) => old === name).length) : [];
    if (isA) asked.push(name);
    if (addresses) socket.send(reply(question.subarray(0, end + 4), addresses), from.port, from.address);
  });
  await new Promise<void>((bound) => socket.bind(0, '127.0.0.1', bound));
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked,
    close: () => new Promise((closed) => socket.close(() => closed())),
  };
}

/** The name of the first question (RFC 1035 §4.1.2), and where its type begins. */
function nameIn(question: Buffer): { name: string; end: number } {
  const labels: string[] = [];
  let at = 12;
  while (question[at] !== 0) {
    const length = question[at]!;
    labels.push(question.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 };
}

function reply(question: Buffer, addresses: string[]): Buffer {
  const head = Buffer.from(question);
  head.writeUInt16BE(0x8180, 2);
  head.writeUInt16BE(addresses.length, 6);
  head.writeUInt32BE(0, 8);
  // a pointer to the question's name, type A, class IN, 60 s, 4 bytes
  const records = addresses.map((address) =>
    Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address.split('.').map(Number)]),
  );
  return Buffer.concat([head, ...records]);
}

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const PRODUCER = fileURLToPath(new URL('../../../tools/kafka-console-producer', import.meta.url));

/**
 * Writes one record for each line with Apache Kafka's own console producer, which knows nothing of ours. A line is
 * `key<TAB>value` where `keyed`, else the value. Rejects with what the producer said.
 */
export async function consoleProduce(
  { brokers, topic, keyed }: { brokers: string[]; topic: string; keyed: boolean },
  ...lines: string[]
): Promise<void> {
  const parsing = keyed ? ['--property', 'parse.key=true', '--property', 'key.separator=\t'] : [];
  const args = ['--bootstrap-server', brokers.join(','), '--topic', topic, ...parsing];
  const child = spawn(PRODUCER, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stdin.end(lines.map((line) => `${line}\n`).join(''));
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  // it reports a record that was not taken, and exits with 0
  if (code !== 0 || /error|exception/i.test(said))
    throw new Error(`kafka-console-producer (${code}): ${said}`);
}

/** A real Kafka broker (KRaft, one node, loopback) out of the jars of kafka-libs.mjs. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fetchKafka } from './kafka-libs.mjs';

const CLUSTER_ID = 'Q291bnRlcnNpZ24tb25lLQ'; // one per data directory is enough: nothing else ever joins

const properties = ({ port, controllerPort, data }) => `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controllerPort}
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=${data}
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
`;

const LOGGING = `status=error
rootLogger.level=warn
rootLogger.appenderRef.out.ref=out
appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=[%d] %p %m (%c)%n
`;

/**
 * Starts a broker whose data and settings lie in `directory`, and resolves once it accepts connections:
 * { brokers, pid, stop() }. `port` is for clients, `controllerPort` for itself.
 */
export async function startKafka({ directory, port, controllerPort, supervisor, log, say }) {
  const libs = await fetchKafka({ say });
  const data = join(directory, 'data');
  mkdirSync(data, { recursive: true });
  const settings = join(directory, 'server.properties');
  writeFileSync(settings, properties({ port, controllerPort, data }));
  const logging = join(directory, 'log4j2.properties');
  writeFileSync(logging, LOGGING);
  const java = (heap, ...args) => [
    `-Xmx${heap}`,
    '-XX:+UseSerialGC',
    `-Dlog4j2.configurationFile=${logging}`,
    '-cp',
    join(libs, '*'),
    ...args,
  ];
  if (!existsSync(join(data, 'meta.properties'))) format(java, settings);
  const broker = supervisor.start('kafka', 'java', {
    args: java('512m', 'kafka.Kafka', settings),
    log,
    tier: 8, // after the services, before Postgres
    graceMs: 3000, // a cut-off broker recovers its log; a developer's Ctrl-C does not wait for it
  });
  await listening(port, broker, log);
  return { ...broker, brokers: [`127.0.0.1:${port}`] };
}

function format(java, settings) {
  const args = java('128m', '-XX:TieredStopAtLevel=1', 'kafka.tools.StorageTool', 'format');
  const made = spawnSync('java', [...args, '-t', CLUSTER_ID, '-c', settings], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`Kafka could not format its storage:\n${made.stderr ?? made.error}`);
}

async function listening(port, broker, log) {
  let ended;
  broker.exited.then((how) => (ended = how));
  const end = performance.now() + 90_000;
  while (!(await accepts(port))) {
    const lastLines = () => readFileSync(log, 'utf8').trim().split('\n').slice(-8).join('\n');
    if (ended) throw new Error(`Kafka ended while starting:\n${lastLines()}`);
    if (performance.now() > end) throw new Error(`Kafka does not answer on port ${port}:\n${lastLines()}`);
    await pause(100);
  }
}

const accepts = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });

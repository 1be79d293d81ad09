/**
 * Apache Kafka itself, out of Maven Central, with its command-line tools; fetched once into a directory. By hand:
 * `node tools/kafka-libs.mjs` fetches and prints the directory.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const KAFKA_VERSION = '4.1.1';
const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Where the jars lie: COUNTERSIGN_KAFKA_LIBS, or below the checkout, shared by every data directory. */
export const kafkaLibs = () =>
  resolve(process.env.COUNTERSIGN_KAFKA_LIBS ?? join(ROOT, '.countersign', 'kafka-libs'), KAFKA_VERSION);

/** What keeps Kafka from running here, as a sentence; undefined where nothing does. */
export function kafkaObstacle() {
  const java = spawnSync('java', ['-version'], { encoding: 'utf8' });
  const major = Number(/version "(\d+)/.exec(java.stderr ?? '')?.[1] ?? 0);
  if (java.error || major === 0) return 'Java 17 or later is needed (`java` was not found on PATH)';
  if (major < 17) return `Java 17 or later is needed (found ${major})`;
  if (existsSync(kafkaLibs())) return undefined;
  if (spawnSync('mvn', ['-v']).error) return 'Maven is needed to fetch Kafka (`mvn` was not found on PATH)';
  return undefined;
}

const dependency = (group, artifact, version) =>
  `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;

const pom = () => `<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion>
<groupId>countersign</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>
${dependency('org.apache.kafka', 'kafka_2.13', KAFKA_VERSION)}
${dependency('org.apache.kafka', 'kafka-tools', KAFKA_VERSION)}
${dependency('org.apache.logging.log4j', 'log4j-slf4j-impl', '2.25.1')}
${dependency('org.apache.logging.log4j', 'log4j-core', '2.25.1')}
</dependencies>
</project>
`;

/** Fetches the jars where they are missing; answers their directory. Rejects with Maven's own words. */
export async function fetchKafka({ say = () => {} } = {}) {
  const libs = kafkaLibs();
  if (existsSync(libs)) return libs;
  say(`fetching Apache Kafka ${KAFKA_VERSION} from Maven Central (43 MB, once)`);
  const draft = `${libs}.${process.pid}`;
  mkdirSync(draft, { recursive: true });
  try {
    writeFileSync(join(draft, 'pom.xml'), pom());
    await maven(['-f', join(draft, 'pom.xml'), `-DoutputDirectory=${join(draft, 'libs')}`]);
    if (!existsSync(libs)) renameSync(join(draft, 'libs'), libs);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return libs;
}

function maven(args) {
  const goal = ['-q', '-B', 'dependency:copy-dependencies', '-DincludeScope=runtime'];
  const child = spawn('mvn', [...goal, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text));
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('exit', (code) =>
      code === 0 ? done() : fail(new Error(`Maven could not fetch Kafka:\n${said.trim().slice(-2000)}`)),
    );
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  process.stdout.write(`${await fetchKafka({ say: (text) => process.stderr.write(`${text}\n`) })}\n`);

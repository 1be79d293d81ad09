import { cloudEvent, EVENT_MAX_BYTES, EVENTS, TOPICS } from '@countersign/contracts';
import { z } from 'zod';
import { inWords, page, table } from './markdown.mjs';

const days = (ms) => `${Math.round(ms / 86_400_000)} days`;
const sized = (topic) => (topic.maxBytes ? `${topic.maxBytes / 1024 / 1024} MiB` : 'broker’s default');
const schemaOf = (type) => z.toJSONSchema(type, { io: 'input' });

const members = (schema) =>
  Object.entries(schema.properties ?? {}).map(([name, member]) => [
    `\`${name}\``,
    schema.required?.includes(name) ? 'yes' : '',
    inWords(member),
  ]);

const event = ([type, { summary, data }]) =>
  [`### ${type}`, `${summary}.`, table(['member of `data`', 'required', 'is'], members(schemaOf(data)))].join(
    '\n\n',
  );

function topic([name, settings]) {
  const types = Object.entries(EVENTS).filter(([, kind]) => kind.topic === name);
  const facts = `Written by ${settings.writer}. ${settings.partitions} partitions, kept ${days(settings.retentionMs)}, message size ${sized(settings)}.`;
  const dead = types.length
    ? []
    : ['What could not be handled: reason and reference, the body only if it could not be parsed.'];
  return [`## ${name}`, facts, ...dead, ...types.map(event)].join('\n\n');
}

/** docs/generated/events.md: topics, and the events on each. */
export const events = () =>
  page(
    'Events',
    'libs/contracts/src/event-catalogue.ts, topics.ts',
    `CloudEvents 1.0 in structured JSON mode, at most ${EVENT_MAX_BYTES / 1024} KiB. Delivered at least once, in order per key. Unknown members are dropped; within \`.v1\` only optional members are added.`,
    table(['attribute', 'required', 'is'], members(schemaOf(cloudEvent))),
    ...Object.entries(TOPICS).map(topic),
  );

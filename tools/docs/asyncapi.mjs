import { cloudEvent, EVENTS, TOPICS } from '@countersign/contracts';
import { z } from 'zod';
import { toYaml } from './yaml.mjs';

const jsonSchema = (type) => {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(type, { io: 'input' });
  return schema;
};

function message(type, { summary, data }) {
  const envelope = jsonSchema(cloudEvent);
  const properties = { ...envelope.properties, type: { const: type }, data: jsonSchema(data) };
  return {
    name: type,
    summary,
    contentType: 'application/cloudevents+json',
    payload: { ...envelope, required: [...new Set([...envelope.required, 'data'])], properties },
  };
}

function channel(name, topic) {
  const types = Object.keys(EVENTS).filter((type) => EVENTS[type].topic === name);
  return {
    address: name,
    description: `Written by ${topic.writer}`,
    messages: Object.fromEntries(types.map((type) => [type, { $ref: `#/components/messages/${type}` }])),
    bindings: {
      kafka: {
        topic: name,
        partitions: topic.partitions,
        topicConfiguration: {
          'retention.ms': topic.retentionMs,
          ...(topic.maxBytes && { 'max.message.bytes': topic.maxBytes }),
        },
        bindingVersion: '0.5.0',
      },
    },
  };
}

/** What the platform does with a topic: takes what the outside writes, sends what its services write. */
const operations = ([name, topic]) => {
  const actions = topic.writer.startsWith('the outside') ? ['receive', 'send'] : ['send'];
  return actions.map((action) => [`${action}.${name}`, { action, channel: { $ref: `#/channels/${name}` } }]);
};

/** docs/generated/asyncapi.yaml: the bus as AsyncAPI 3.0. */
export const asyncapi = () =>
  '# Generated from libs/contracts by `npm run docs`: do not edit.\n' +
  toYaml({
    asyncapi: '3.0.0',
    info: {
      title: 'Countersign events',
      version: '1.0.0',
      description: 'CloudEvents 1.0, structured JSON mode; at least once, in order per key.',
      license: { name: 'MIT' },
    },
    defaultContentType: 'application/cloudevents+json',
    channels: Object.fromEntries(Object.entries(TOPICS).map(([name, topic]) => [name, channel(name, topic)])),
    operations: Object.fromEntries(Object.entries(TOPICS).flatMap(operations)),
    components: {
      messages: Object.fromEntries(Object.entries(EVENTS).map(([type, kind]) => [type, message(type, kind)])),
    },
  });

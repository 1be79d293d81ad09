import type { z } from 'zod';
import type { TopicName } from './topics.ts';

/** One kind of event: where it goes, what it says, in a sentence and as a schema. */
export interface EventKind<Data extends z.ZodType = z.ZodType> {
  topic: TopicName;
  summary: string;
  data: Data;
}

/** Says it in one line of a catalogue. */
export const kind = <Data extends z.ZodType>(
  topic: TopicName,
  summary: string,
  data: Data,
): EventKind<Data> => ({
  topic,
  summary,
  data,
});

import { z } from 'zod';

const attribute = z.string().min(1).max(1024);

/**
 * CloudEvents 1.0, structured JSON mode (CloudEvents §3.1, JSON format §3): the envelope of everything on the bus.
 * Unknown extension attributes are kept by producers and dropped by us.
 */
export const cloudEvent = z.object({
  specversion: z.literal('1.0'),
  id: z.string().min(1).max(256),
  source: z.string().min(1).max(1024),
  type: z.string().min(1).max(256),
  subject: z.string().max(2048).optional(),
  time: z.iso.datetime({ offset: true }).optional(),
  datacontenttype: z.string().max(256).optional(),
  dataschema: attribute.optional(),
  data: z.unknown(),
  /** Application the event belongs to. */
  appid: z.string().min(1).max(128).optional(),
  partitionkey: attribute.optional(),
  correlationid: attribute.optional(),
  causationid: attribute.optional(),
  /** W3C trace context. */
  traceparent: z.string().max(128).optional(),
  /** Detached JWS over the event, where the application demands signed producers. */
  signature: z.string().max(4096).optional(),
});
export type CloudEvent = z.infer<typeof cloudEvent>;

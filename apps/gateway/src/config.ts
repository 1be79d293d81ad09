import {
  type DoorConfig,
  doorEnvironment,
  type Environment,
  readEnvironment,
  toDoorConfig,
} from '@countersign/service-kit';
import { z } from 'zod';

/** Settings of the gateway. */
export interface GatewayConfig extends DoorConfig {
  /** Where the virtual phone takes e-mails; absent: there is no phone. Never in production. */
  phoneSmtpPort?: number;
}

/** What the gateway reads beyond what every door does. */
export const gatewayEnvironment = z.object({
  /** Port of the virtual phone's SMTP server, on HOST; it has a page at `/phone`. Absent: no phone. Ignored in production. */
  PHONE_SMTP_PORT: z
    .string()
    .regex(/^\d{1,5}$/, 'must be a port')
    .transform(Number)
    .pipe(z.int().min(0).max(65_535))
    .optional(),
});

/** HOST, PORT (4000), PUBLIC_URL, the services' URLs and TRUSTED_PROXIES: none unless set, because nobody stands before the gateway. */
export function loadConfig(env?: Environment): GatewayConfig {
  const { shape } = doorEnvironment;
  const schema = doorEnvironment.extend({
    PORT: shape.PORT.default(4000),
    TRUSTED_PROXIES: shape.TRUSTED_PROXIES.removeDefault().default([]),
    ...gatewayEnvironment.shape,
  });
  const read = readEnvironment(schema, env);
  return {
    ...toDoorConfig(read),
    ...(read.PHONE_SMTP_PORT !== undefined && { phoneSmtpPort: read.PHONE_SMTP_PORT }),
  };
}

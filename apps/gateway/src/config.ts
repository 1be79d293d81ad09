import {
  type DoorConfig,
  doorEnvironment,
  type Environment,
  readEnvironment,
  toDoorConfig,
} from '@countersign/service-kit';
import { gatewayEnvironment } from './settings.ts';

/** Settings of the gateway. */
export interface GatewayConfig extends DoorConfig {
  /** Where the virtual phone takes e-mails; absent: there is no phone. Never in production. */
  phoneSmtpPort?: number;
  /** The file that holds the demo application's key, for the page at /try; read when it is needed. Never in production. */
  demoKeyPath?: string;
  /** The file that holds the sample relying party's clients; absent: there is none. Never in production. */
  demoRpPath?: string;
  /** How sso-data reaches the sample vendor's handler; absent: there is no sample vendor. Never in production. */
  demoPartnerUrl?: string;
}

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
    ...(read.DEMO_KEY_PATH !== undefined && { demoKeyPath: read.DEMO_KEY_PATH }),
    ...(read.DEMO_RP_PATH !== undefined && { demoRpPath: read.DEMO_RP_PATH }),
    ...(read.DEMO_PARTNER_URL !== undefined && { demoPartnerUrl: read.DEMO_PARTNER_URL }),
  };
}

import {
  type Environment,
  EnvironmentInvalid,
  readEnvironment,
  type ServiceConfig,
  serviceEnvironment,
  toServiceConfig,
} from '@countersign/service-kit';
import { messageEnvironment } from './settings.ts';

/** Providers of one channel, tried in this order, and who its messages come from. */
export interface ChannelConfig {
  /** With user and password; never logged. */
  urls: string[];
  from: string;
}

/** Settings of mfa-orchestrator. A channel without providers is not offered to anybody. */
export interface OrchestratorConfig extends ServiceConfig {
  email?: ChannelConfig;
  sms?: ChannelConfig;
}

/** The settings, from the environment. Throws EnvironmentInvalid: names and reasons, never values. */
export function loadOrchestratorConfig(env?: Environment): OrchestratorConfig {
  const read = readEnvironment(serviceEnvironment.extend(messageEnvironment.shape), env);
  const email = channel('SMTP_URL', read.SMTP_URL, 'MAIL_FROM', read.MAIL_FROM);
  const sms = channel('SMS_URL', read.SMS_URL, 'SMS_FROM', read.SMS_FROM);
  return { ...toServiceConfig(read), ...(email && { email }), ...(sms && { sms }) };
}

function channel(
  urlName: string,
  urls: string[] | undefined,
  fromName: string,
  from: string | undefined,
): ChannelConfig | undefined {
  if (urls === undefined || urls.length === 0) return undefined;
  if (from === undefined) throw new EnvironmentInvalid([`${fromName}: is missing (${urlName} is set)`]);
  return { urls, from };
}

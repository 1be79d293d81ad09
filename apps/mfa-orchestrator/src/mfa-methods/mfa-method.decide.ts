import type { Application, ApplicationSettings, ChangeOtpRequest } from '@countersign/contracts';
import { accept, type Decision, refuse } from '@countersign/kernel';
import { durationOf, secondsOf } from './duration.decide.ts';
import type { Mechanism, MfaMethodRequest, MfaMethodView } from './mfa-method.schemas.ts';

/** Cloudentity's placeholder for the code, and ours. */
const THEIRS = '[[OTP]]';
const OURS = '{code}';

/** An application's settings of one channel, as Cloudentity shows a method. A method has its mechanism's name as id. */
export function methodOf(
  { appId, settings }: Pick<Application, 'appId' | 'settings'>,
  mechanism: Mechanism,
): MfaMethodView {
  const { email, sms } = settings.otp;
  const common = ({ length, ttlSeconds, text }: ApplicationSettings['otp']['sms']) => ({
    custom_message_template: text.replaceAll(OURS, THEIRS),
    otp: { length, expiration: durationOf(ttlSeconds) },
  });
  const shown =
    mechanism === 'email'
      ? { email: { provider: 'smtp', custom_message_subject: email.subject, ...common(email) } }
      : { sms: { provider: 'twilio', ...common(sms) } };
  const { enabled } = settings.otp[mechanism];
  return { id: mechanism, tenant_id: appId, mechanism, enabled, settings: shown };
}

/** What a request changes of `settings.otp`. It must be about that method of that application, and about no other. */
export function changeOf(
  appId: string,
  mechanism: Mechanism,
  request: MfaMethodRequest,
): Decision<ChangeOtpRequest, 'request/invalid'> {
  const { id, tenant_id: tenant, enabled, settings } = request;
  if (id !== undefined && id !== mechanism) return notThat('id');
  if (request.mechanism !== undefined && request.mechanism !== mechanism) return notThat('mechanism');
  if (tenant !== undefined && tenant.toLowerCase() !== appId) return notThat('tenant_id');
  const other = mechanism === 'email' ? 'sms' : 'email';
  if (settings?.[other]) return notThat(`settings.${other}`);
  const channel = settings?.[mechanism];
  const subject = settings?.email?.custom_message_subject;
  const seconds = secondsOf(channel?.otp?.expiration ?? '');
  const template = channel?.custom_message_template;
  const length = channel?.otp?.length;
  return accept({
    [mechanism]: {
      ...(enabled !== undefined && { enabled }),
      ...(length !== undefined && { length }),
      ...(seconds !== undefined && { ttlSeconds: seconds }),
      ...(template !== undefined && { text: template.replaceAll(THEIRS, OURS) }),
      ...(subject !== undefined && { subject }),
    },
  });
}

const notThat = (field: string) => refuse('request/invalid', { field, detail: 'is not of this method' });

/** Where a member of the settings stands in a method. */
export const fieldOf = (mechanism: Mechanism, field: string | undefined): string => {
  const named: Record<string, string> = {
    text: 'custom_message_template',
    subject: 'custom_message_subject',
    length: 'otp.length',
    ttlSeconds: 'otp.expiration',
  };
  const last = field?.split('.').at(-1) ?? '';
  return `settings.${mechanism}${named[last] === undefined ? '' : `.${named[last]}`}`;
};

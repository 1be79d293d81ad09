import {
  EVENTS,
  PLATFORM_APP,
  parseJson,
  signedForm,
  subjectDigest,
  type Application,
  type AuditActionRecorded,
  type CloudEvent,
} from '@countersign/contracts';
import type { Admission, Admit } from '@countersign/messaging';
import { verifyDetached, type PublicJwk } from '@countersign/security';
import type { ApplicationDirectory } from '@countersign/service-kit';

/** What admission hands to the handler. */
export interface AdmittedAction {
  application: Application;
  action: AuditActionRecorded;
  subjectDigest: string;
}

export interface AdmissionRules {
  directory: ApplicationDirectory;
  /** Keys of the services themselves: what was POSTed is signed by the orchestrator and counts as trusted. */
  serviceKeys: PublicJwk[];
  /** Whether an unsigned event may be believed at all: in development, or behind the broker's ACLs. */
  unsignedAllowed: boolean;
}

/**
 * Whether an audit action from the bus is believed (EV-01, EV-05): a known application, no other application in the
 * record's key, a valid signature where one is there or demanded. Runs outside the handler's transaction.
 */
export function auditActionAdmission(rules: AdmissionRules): Admit {
  return async (event, record): Promise<Admission> => {
    const application = await rules.directory.byId((event.appid ?? '').toLowerCase());
    if (!application || application.appId === PLATFORM_APP)
      return { ok: false, reason: 'unknown-application' };
    const { appId } = application;
    if (await namesAnother(record.key, appId, rules.directory))
      return { ok: false, reason: 'tenant-mismatch' };
    const untrusted = await distrust(event, record.rawText, application, rules);
    if (untrusted) return { ok: false, reason: 'untrusted', detail: untrusted };
    const action = EVENTS['patrol.audit-action.recorded.v1'].data.parse(event.data);
    if (event.subject !== action.username) return { ok: false, reason: 'subject-mismatch' };
    const { username, name, auditActionId, details } = action;
    const digest = await subjectDigest({ appId, username, name, auditActionId, details });
    return { ok: true, context: { application, action, subjectDigest: digest } satisfies AdmittedAction };
  };
}

/** Only a known application before the key's colon that is not the event's is refused; the rest is not looked at. */
async function namesAnother(
  key: string | null,
  appId: string,
  directory: ApplicationDirectory,
): Promise<boolean> {
  const prefix = key?.includes(':') ? key.slice(0, key.indexOf(':')).toLowerCase() : undefined;
  if (!prefix || prefix === appId || !/^[a-z0-9-]{1,63}$/.test(prefix)) return false;
  return (await directory.byId(prefix)) !== undefined;
}

async function distrust(
  event: CloudEvent,
  rawText: string,
  { settings }: Application,
  { serviceKeys, unsignedAllowed }: AdmissionRules,
): Promise<string | undefined> {
  if (event.signature === undefined) {
    if (settings.auditActions.trust === 'signed') return 'a signature is demanded';
    return unsignedAllowed ? undefined : 'unsigned events need a broker with ACLs';
  }
  const keys = [...serviceKeys, ...(settings.auditActions.producerKeys as unknown as PublicJwk[])];
  try {
    const payload = signedForm(parseJson(rawText) as Record<string, unknown>);
    await verifyDetached(event.signature, payload, keys, ['EdDSA', 'ES256']);
    return undefined;
  } catch {
    return 'the signature is not valid';
  }
}

import type { CloudEvent } from '@countersign/contracts';

/** Who may say that a user is gone. */
const OWNER = '/mfa-orchestrator';

/** Events about users are taken from their owner only: another source on that topic is a mistake or an attempt. */
export function admitUserEvent(
  event: Pick<CloudEvent, 'source' | 'appid'>,
):
  | { ok: true; context: undefined }
  | { ok: false; reason: 'untrusted' | 'unknown-application'; detail: string } {
  if (event.source !== OWNER)
    return { ok: false, reason: 'untrusted', detail: 'is not from mfa-orchestrator' };
  if (event.appid === undefined)
    return { ok: false, reason: 'unknown-application', detail: 'names no application' };
  return { ok: true, context: undefined };
}

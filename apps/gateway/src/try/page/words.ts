/** What the page says about what the server says. */

/** Names of steps in the picture of the flow. */
export const STEP_NAMES: Record<string, string> = {
  begin: 'Begin',
  external: 'Vouched for',
  'passkey:auth': 'Passkey',
  'passkey:tx': 'Confirmed by passkey',
  'passkey:reg': 'New passkey',
  'otp:email': 'E-mail code',
  'otp:sms': 'SMS code',
  'otp:verify': 'Code',
  'totp:verify': 'Authenticator app',
  'totp:enrol': 'New authenticator app',
  'recovery:verify': 'Recovery code',
  'recovery:enrol': 'New recovery codes',
  'email:enrol': 'New e-mail address',
  'sms:enrol': 'New phone number',
};
export const stepName = (action: string): string => STEP_NAMES[action] ?? action;

const REASONS: Record<string, (about: string) => string> = {
  policy: (name) =>
    name
      ? `Policy “${name}” says what is enough here, and it is not satisfied yet.`
      : 'A policy asks for this. Which one is told once something was proved.',
  enrol: (action) => `To be added: ${stepName(action).replace(/^New /, '')}.`,
  'no-passkey': () => 'This user has no passkey yet, so the application vouches for them first.',
  'new-device': () => 'This device is not known yet, so the application vouches for the user first.',
  'passkey-failed': () => 'A passkey just failed, so the application vouches for the user instead.',
  'enrolment-needs-stronger-proof': () =>
    'To add a factor, show a proof as strong as your strongest one first.',
  'enrolment-not-allowed': () => 'Nothing can be added in this flow.',
  rule: (name) => `Patrol rule “${name}” demanded it.`,
};

/** A reason code in a sentence; one that is newer than this page as it stands. */
export function reason(code: string): string {
  const [kind = '', ...about] = code.split(':');
  return REASONS[kind]?.(about.join(':')) ?? code;
}

export interface Explained {
  title: string;
  text: string;
}

const REFUSALS: Record<string, string> = {
  unauthorized:
    'Refused, without a session in the answer: so this was a wrong proof, not a next step. The flow is where it was; try again.',
  bad_request: 'The server could not read that. The flow is where it was.',
  forbidden: 'Not allowed here. The flow is where it was.',
  not_found: 'There is no such thing here.',
  internal_error: 'The server failed. The flow is where it was; try again.',
  network_error: 'No answer came. A repeat of the same proof is answered as the first one was.',
  no_session: 'There is no flow: it is over, or was never begun.',
  not_offered: 'That is not among what the server offers now.',
  'mfa/factor-too-weak':
    'Removing a factor needs a login as strong as the strongest one, of the last quarter of an hour. Sign in with that first.',
};

const TOO_OFTEN =
  'A limit of tries or messages: guessing and sending are counted per user, address and device. Wait, then go on; the flow is where it was.';

/** A refusal in words. */
export const refused = (status: number, msgCode: string, msg: string): Explained => ({
  title: status === 0 ? msg : `${status} · ${msg}`,
  text: status === 429 ? TOO_OFTEN : (REFUSALS[msgCode] ?? msgCode),
});

/** What the answer to a step means (contracts §1.6). */
export const CONTINUES: Explained = {
  title: '401 with a session: accepted, and more is needed',
  text: 'LoginID’s rule: the session in the body replaces the old one, the list of actions is new. Not an error.',
};
export const COMPLETES: Explained = {
  title: '200: the flow is complete',
  text: 'The policy is satisfied by what was shown. Tokens or a signature came with the answer; the session is over.',
};
export const BEGUN: Explained = {
  title: '200: a flow has begun',
  text: 'The server looked at who, where from and what for, and chose what to ask.',
};
export const SENT: Explained = {
  title: '200: a code is on its way',
  text: 'Only the session was replaced; what is offered stays. Type the code: it is verified by otp:verify.',
};

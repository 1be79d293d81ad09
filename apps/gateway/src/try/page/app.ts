/// <reference lib="dom" />
import {
  type ActionName,
  type BeginOptions,
  createMfaClient,
  type MfaClient,
  MfaError,
  type MfaResult,
  PasskeyError,
} from '@countersign/mfa-client';
import { say } from './dom.ts';
import { RequestLog } from './log.ts';
import { BEGUN, COMPLETES, CONTINUES, type Explained, refused, SENT } from './words.ts';

/** What the gateway says about itself (`/try/settings.json`). */
export interface Settings {
  phone: boolean;
  demo: { appId: string; username: string } | null;
}

/** A step that is done, in the picture of the flow. */
export interface Done {
  action: string;
  answer: '200' | '401 + session';
}

/** A login whose tokens the page still holds, while another flow runs. */
export interface Login {
  username: string;
  accessToken: string;
}

type Tone = 'good' | 'bad' | 'plain';

/** What is going on. Views read it; only this changes it. */
export class App {
  readonly log = new RequestLog();
  readonly mfa: MfaClient;
  done: Done[] = [];
  /** What the last answer means. */
  told: (Explained & { tone: Tone }) | undefined;
  /** What was shown once, by action; and where a code was sent. */
  shown: Pick<MfaResult, 'totp' | 'recoveryCodes'> = {};
  sent: string | undefined;
  /** The code that came to the phone since. */
  arrived: string | undefined;
  payload: string | undefined;
  login: Login | undefined;
  busy = false;
  onChange = (_advanced: boolean): void => {};

  constructor(
    readonly appId: string,
    readonly settings: Settings,
  ) {
    this.mfa = createMfaClient({ baseUrl: location.origin, appId, fetch: this.log.fetch });
  }

  get isDemo(): boolean {
    return this.settings.demo?.appId === this.appId;
  }

  /** After a reload: goes on where the server says the flow is. */
  async resume(): Promise<void> {
    const { session, isComplete } = this.mfa.getSessionDetails();
    if (isComplete) return this.keepLogin();
    if (session === undefined) return;
    await this.mfa.refresh().catch((error: unknown) => {
      if (error instanceof MfaError && error.status === 401) void this.mfa.logout();
    });
  }

  begin(username: string, options: BeginOptions): Promise<void> {
    return this.run(async () => {
      this.forget();
      this.payload = options.txPayload;
      await this.mfa.beginFlow(username, {
        usernameType: username.includes('@') ? 'email' : 'other',
        ...options,
      });
      this.done = [{ action: 'begin', answer: '200' }];
      this.tell(BEGUN, 'good');
    });
  }

  /** Performs an action; `as` is how it stands in the picture, where that differs. */
  perform(name: ActionName, options: object = {}, as: string = name): Promise<void> {
    return this.run(async () => {
      const performed = this.mfa.performAction as (name: ActionName, options: object) => Promise<MfaResult>;
      const before = this.mfa.getSessionDetails();
      // the message may be there before the answer that says it was sent
      if (isRequest(name, options)) this.arrived = undefined;
      const { totp, recoveryCodes, ...after } = await performed.call(this.mfa, name, options);
      if (isRequest(name, options)) {
        this.sent = name;
        this.shown = { ...this.shown, ...(totp && { totp }), ...(recoveryCodes && { recoveryCodes }) };
        const what = totp || recoveryCodes ? { ...SENT, title: '200: shown once', text: SHOWN_ONCE } : SENT;
        return this.tell(what, 'good');
      }
      const isOver = after.session === undefined;
      this.done = [...this.done, { action: as, answer: isOver ? '200' : '401 + session' }];
      this.sent = undefined;
      this.shown = {};
      if (isOver) this.keepLogin();
      if (before.nextAction !== undefined || isOver) this.tell(isOver ? COMPLETES : CONTINUES, 'good');
    });
  }

  /** Anything else that may be refused. */
  run(work: () => Promise<unknown>): Promise<void> {
    if (this.busy) return Promise.resolve();
    this.busy = true;
    this.onChange(false);
    const steps = this.done.length;
    return work()
      .catch((error: unknown) => this.tell(explained(error), 'bad'))
      .then(() => {
        this.busy = false;
        this.onChange(this.done.length !== steps);
      });
  }

  /** A code came to the phone: it may be filled in where one is awaited. */
  codeArrived(code: string): void {
    this.arrived = code;
    if (!this.busy && this.sent !== undefined) this.onChange(false);
  }

  tell(what: Explained, tone: Tone): void {
    this.told = { ...what, tone };
    say(`${what.title}. ${what.text}`);
  }

  /** Forgets the flow, not the login. */
  forget(): void {
    this.arrived = undefined;
    this.done = [];
    this.shown = {};
    this.sent = undefined;
    this.told = undefined;
    this.payload = undefined;
  }

  keepLogin(): void {
    const { accessToken, username } = this.mfa.getSessionDetails();
    if (accessToken) this.login = { username, accessToken };
  }
}

const SHOWN_ONCE = 'Only the session was replaced. What you see now is never shown again.';

/** Phase one of an action that has two. */
const isRequest = (name: string, options: { payload?: string }): boolean =>
  name === 'otp:email' || name === 'otp:sms' || (name.endsWith(':enrol') && options.payload === undefined);

function explained(error: unknown): Explained {
  if (error instanceof MfaError) return refused(error.status, error.msgCode, error.msg);
  if (error instanceof PasskeyError)
    return { title: error.message, text: `${error.code}. Nothing but a word about it reached the server.` };
  return { title: 'That did not work', text: String(error) };
}

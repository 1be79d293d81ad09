import {
  applicationSettings,
  type Scope,
  type ServiceName,
  usernameKey,
  type VerifiedToken,
} from '@countersign/contracts';
import { randomToken } from '@countersign/kernel';
import { type Asked, type StandInAnswer, StandInServices } from './stand-in-services.ts';

/** Ids of users by application and name, made on first sight. */
export class StandInUsers {
  private readonly ids = new Map<string, string>();

  /** The id that the name has now. */
  id(appId: string, username: string): string {
    const name = `${appId}:${usernameKey(username)}`;
    const id = this.ids.get(name) ?? randomToken(16);
    this.ids.set(name, id);
    return id;
  }

  /** The name gets another id. */
  forget(appId: string, username: string): void {
    this.ids.delete(`${appId}:${usernameKey(username)}`);
  }
}

/**
 * token-service and mfa-orchestrator as a service between them sees them: whose a key, a name and a token is, and what
 * applications there are. What else `caller` asks is added by overriding `route`.
 */
export class StandInNeighbours extends StandInServices {
  /** Names resolved, in order. */
  readonly resolved: string[] = [];
  /** Runs between answering whose a name is and the caller's next step. */
  afterResolve: (() => Promise<void>) | undefined;
  /** The orchestrator's time. */
  at = new Date('2026-03-01T12:00:00Z');
  private readonly keys = new Map<string, { appId: string; scopes: Scope[] }>();
  private readonly users = new StandInUsers();
  private readonly tokens = new Map<string, { appId: string; verified: VerifiedToken }>();

  /** A new API key of `appId`. */
  key(appId: string, ...scopes: Scope[]): string {
    const key = `csk_${randomToken()}`;
    this.keys.set(key, { appId, scopes });
    return key;
  }

  /** A user's token: of a login, or (`grant`) by an API key. */
  userToken(appId: string, username: string, kind: VerifiedToken['kind'] = 'access'): string {
    const token = `token_${randomToken()}`;
    const now = Math.floor(Date.now() / 1000);
    const userId = this.userId(appId, username);
    const verified = { kind, userId, username, scopes: [], acr: 'aal1' as const };
    const more = { amr: [], authTime: now, exp: now + 600, jti: token };
    this.tokens.set(token, { appId, verified: { ...verified, ...more } });
    return token;
  }

  /** The id that the name has now. */
  userId(appId: string, username: string): string {
    return this.users.id(appId, username);
  }

  /** The user is deleted: the name will get another id, later. */
  forget(appId: string, username: string): void {
    this.users.forget(appId, username);
    this.at = new Date(this.at.getTime() + 1000);
  }

  protected override called(url: string): ServiceName {
    return /^\/(apps\/|internal\/(users|flows|challenges))/.test(url) ? 'mfa-orchestrator' : 'token-service';
  }

  protected override async route({ url, body }: Asked): Promise<StandInAnswer> {
    const { appId = '', key = '', token = '', username = '' } = body as Record<string, string>;
    if (url === '/internal/api-keys/verify') return this.keyAnswer(key);
    if (url === '/internal/users/resolve') return this.resolve(appId, username);
    if (url === '/internal/access-tokens/verify') {
      const found = this.tokens.get(token);
      return found?.appId === appId ? { status: 200, body: found.verified } : { status: 404, body: {} };
    }
    const application = /^\/internal\/applications\/([\w-]+)$/.exec(url)?.[1];
    return application ? { status: 200, body: standInApplication(application) } : { status: 404, body: {} };
  }

  private keyAnswer(key: string): StandInAnswer {
    const found = this.keys.get(key);
    if (!found) return { status: 404, body: {} };
    const application = standInApplication(found.appId);
    return { status: 200, body: { keyId: 'k', ...found, constraints: {}, application } };
  }

  private async resolve(appId: string, username: string): Promise<StandInAnswer> {
    this.resolved.push(username);
    const body = { userId: this.userId(appId, username), at: this.at.toISOString() };
    await this.afterResolve?.();
    return { status: 200, body };
  }
}

/** An application as token-service tells of it, with settings that nobody changed. */
export const standInApplication = (appId: string) => ({
  appId,
  name: appId,
  settings: applicationSettings.parse({}),
});

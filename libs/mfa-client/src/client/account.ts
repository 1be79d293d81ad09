import type { AccountOptions, Device, Factor, Passkey } from './account.types.ts';
import { isObject, malformed, refusalOf } from './answers.ts';
import type { FlowStore } from './flow-store.ts';
import type { Answer, Http } from './http.ts';
import { MfaError } from './mfa-error.ts';

/** What a signed-in user manages. Every call throws MfaError; removing something may ask for a stronger login (403). */
export class Account {
  constructor(
    private readonly http: Http,
    private readonly store: FlowStore,
  ) {}

  async passkeys(options?: AccountOptions): Promise<Passkey[]> {
    const answer = await this.call('GET', '/fido2/v2/passkeys', options);
    if (!Array.isArray(answer.body)) throw malformed(answer, 'The answer is no list of passkeys');
    return answer.body.filter(isObject) as unknown as Passkey[];
  }

  async renamePasskey(id: string, name: string, options?: AccountOptions): Promise<void> {
    await this.call('PUT', `/fido2/v2/passkeys/${encodeURIComponent(id)}`, options, { name });
  }

  async deletePasskey(id: string, options?: AccountOptions): Promise<void> {
    await this.call('DELETE', `/fido2/v2/passkeys/${encodeURIComponent(id)}`, options);
  }

  async factors(options?: AccountOptions): Promise<Factor[]> {
    return this.items<Factor>('/v1/me/factors', options);
  }

  async removeFactor(kind: string, id: string, options?: AccountOptions): Promise<void> {
    await this.call(
      'DELETE',
      `/v1/me/factors/${encodeURIComponent(kind)}/${encodeURIComponent(id)}`,
      options,
    );
  }

  async devices(options?: AccountOptions): Promise<Device[]> {
    return this.items<Device>('/v1/me/devices', options);
  }

  async revokeDevice(id: string, options?: AccountOptions): Promise<void> {
    await this.call('DELETE', `/v1/me/devices/${encodeURIComponent(id)}`, options);
  }

  private async items<T>(path: string, options?: AccountOptions): Promise<T[]> {
    const answer = await this.call('GET', path, options);
    const items = isObject(answer.body) ? answer.body.items : undefined;
    if (!Array.isArray(items)) throw malformed(answer, 'The answer is no list');
    return items.filter(isObject) as unknown as T[];
  }

  private async call(
    method: string,
    path: string,
    { accessToken, signal }: AccountOptions = {},
    body?: Record<string, unknown>,
  ): Promise<Answer> {
    const token = accessToken ?? this.store.state.completed?.accessToken;
    if (!token) throw new MfaError(0, 'no_session', 'An access token is needed: sign in first');
    const repeatable = method === 'GET';
    const authorization = `Bearer ${token}`;
    const answer = await this.http.send(method, path, { authorization, body, signal, repeatable });
    if (answer.status >= 300) throw refusalOf(answer);
    return answer;
  }
}

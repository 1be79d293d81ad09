import type { Client, Provider } from 'oidc-provider';
import type { LogoutNotices } from '../back-channel-logout/logout-notices.ts';
import type { ProviderOf } from './provider.types.ts';

type Send = (this: Client, userId: string, sid: string) => Promise<void>;

/** How each provider sends logout tokens by itself. */
const own = new WeakMap<Provider, Send>();

/**
 * Who signs out does not wait for clients, and those that do not answer are asked again: the provider plans notices where it
 * would send. Its sessions say at which origin they are, for a session that management ends (`keepOrigin`).
 */
export function deferLogouts(provider: Provider, of: ProviderOf, notices: LogoutNotices): void {
  const { prototype } = provider.Client as unknown as { prototype: { backchannelLogout: Send } };
  own.set(provider, prototype.backchannelLogout);
  Object.assign(prototype, {
    backchannelLogout(this: Client, userId: string, sid: string): Promise<void> {
      return notices.of(of.appId, { clientId: this.clientId, userId, sid, origin: of.origin });
    },
  });
  keepOrigin(provider, of.origin);
}

/** Plans notices to all clients of a session that ends by another way than signing out. */
export async function planLogouts(
  { Client }: Provider,
  { accountId, authorizations = {} }: InstanceType<Provider['Session']>,
): Promise<void> {
  for (const [clientId, known] of Object.entries(authorizations)) {
    const client = await Client.find(clientId);
    const { backchannelLogout } = (client ?? {}) as { backchannelLogout?: Send };
    if (client?.backchannelLogoutUri && accountId !== undefined && known?.sid !== undefined)
      await backchannelLogout?.call(client, accountId, known.sid);
  }
}

/** Sends one logout token, signed now. Throws what kept the client from being told. */
export async function sendLogoutToken(
  provider: Provider,
  client: Client,
  { userId, sid }: { userId: string; sid: string },
): Promise<void> {
  const send = own.get(provider);
  if (!send) throw new Error('a provider that is not ours');
  await send.call(client, userId, sid);
}

/** The issuer of a session's tokens is the one it was made at. */
function keepOrigin({ Session }: Provider, origin: string): void {
  const model = Session as unknown as {
    IN_PAYLOAD: string[];
    prototype: { save(ttl: number): Promise<string> };
  };
  const payload = model.IN_PAYLOAD;
  Object.defineProperty(model, 'IN_PAYLOAD', { configurable: true, get: () => [...payload, 'origin'] });
  const { save } = model.prototype;
  Object.assign(model.prototype, {
    save(this: { origin?: string }, ttl: number) {
      this.origin = origin;
      return save.call(this as never, ttl);
    },
  });
}

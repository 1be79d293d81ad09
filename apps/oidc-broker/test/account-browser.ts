import type { Proof } from '../src/logins/login.types.ts';
import { Providers } from '../src/providers/providers.ts';
import type { OidcBroker } from './oidc-broker.ts';
import { Browser } from './relying-party.ts';

/** A proof of `age` seconds ago. */
export const shown = (factor: Proof['factor'], age = 0, more: Partial<Proof> = {}): Proof => ({
  ...{ factor, at: Math.floor(Date.now() / 1000) - age, acr: 'aal1' },
  amr: factor === 'password' ? ['pwd'] : ['otp'],
  ...more,
});

/** A browser that holds the provider's cookie of a session in which the user has shown these. */
export async function signedIn(
  broker: OidcBroker,
  { appId = 'demo', userId, proofs }: { appId?: string; userId: string; proofs: Proof[] },
): Promise<Browser & { sessionUid: string }> {
  const provider = await broker.service.app.get(Providers, { strict: false }).for(appId, broker.issuerOrigin);
  if (!provider) throw new Error(`no application ${appId}`);
  const Session = provider.Session as unknown as new () => Record<string, unknown> & {
    jti: string;
    uid: string;
    save(ttl: number): Promise<void>;
  };
  const session = new Session();
  const amr = [...new Set(proofs.flatMap((proof) => proof.amr))];
  const first = proofs[0]?.at ?? Math.floor(Date.now() / 1000);
  Object.assign(session, { accountId: userId, loginTs: first, proofs, amr, acr: 'aal1' });
  await session.save(3600);
  const browser = new Browser(broker);
  browser.cookies.set(`oidc-${appId}`, { value: session.jti, path: '/' });
  return Object.assign(browser, { sessionUid: session.uid });
}

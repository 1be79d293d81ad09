import { InjectConfig } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { errors } from 'oidc-provider';
import type Provider from 'oidc-provider';
import { ClientRepository } from '../clients/client.repository.ts';
import type { OidcBrokerConfig } from '../config.ts';
import { PageContexts } from '../pages/page-contexts.ts';
import { planLogouts } from '../providers/logout-tokens.ts';
import { Providers } from '../providers/providers.ts';
import type { HeldSession, Interaction, LoginVisit, NoVisit } from './login-visit.types.ts';
import type { Proof } from './login.types.ts';

/** The provider's session with what our policy adds to it. */
type Session = InstanceType<Provider['Session']> & { proofs?: Proof[] };

/** Finds what a browser's request to the page of a login is about. */
@Injectable()
export class LoginVisits {
  constructor(
    private readonly pages: PageContexts,
    private readonly providers: Providers,
    private readonly clients: ClientRepository,
    @InjectConfig() private readonly config: OidcBrokerConfig,
  ) {}

  /**
   * The visit; or why there is none. The interaction is the one of the browser's own cookie, and must be that of the
   * address: a link to somebody else's login shows nothing of it.
   */
  async open(
    request: FastifyRequest,
    reply: FastifyReply,
    { appId, uid }: { appId: string; uid: string },
  ): Promise<LoginVisit | NoVisit> {
    const page = await this.pages.find(appId);
    if (!page) return 'no-application';
    const origin = this.providers.originOf(appId, request.headers.host);
    const provider = await this.providers.for(appId, origin);
    if (!provider) return 'no-application';
    const interaction = await found(provider, request, reply);
    if (typeof interaction === 'string') return interaction;
    if (interaction.uid !== uid) return 'another-browser';
    const client = await this.clients.find(appId, String(interaction.params.client_id));
    if (!client) return 'expired';
    const { raw } = request;
    return {
      ...{ appId, origin, provider, interaction, client },
      session: await heldSession(provider, interaction),
      page: { ...page, action: `${page.base}/interaction/${uid}`, clientName: client.name },
      browser: {
        appId,
        cookies: request.headers.cookie,
        isSecure: this.isSecure(origin),
      },
      clientAddress: request.ip,
      userAgent: request.headers['user-agent'] ?? '',
      tell: (result) => provider.interactionResult(raw, reply.raw, result),
      leaveSessionsBut: (userId) => leaveSessions(provider, request, reply, interaction, userId),
    };
  }

  private isSecure(origin: string): boolean {
    return (origin || this.config.publicUrl).startsWith('https:');
  }
}

/** Both kinds of absence look alike to a provider; whoever has no cookie is in another browser, or blocks cookies. */
async function found(
  provider: Provider,
  { raw }: FastifyRequest,
  reply: FastifyReply,
): Promise<Interaction | 'another-browser' | 'expired'> {
  try {
    return await provider.interactionDetails(raw, reply.raw);
  } catch (error) {
    if (!(error instanceof errors.SessionNotFound)) throw error;
    return /cookie not found/.test(error.error_description ?? '') ? 'another-browser' : 'expired';
  }
}

async function heldSession(
  provider: Provider,
  { session: kept }: Interaction,
): Promise<HeldSession | undefined> {
  if (!kept?.uid) return undefined;
  const session = (await provider.Session.findByUid(kept.uid)) as Session | undefined;
  const { accountId, proofs = [] } = session ?? {};
  return accountId === undefined ? undefined : { accountId, proofs };
}

/**
 * Ends the session of another user in this browser and takes it off the interaction, or the provider would ask the new
 * user to sign the old one out. In another tab somebody may have signed in since: the cookie of now is what counts.
 */
async function leaveSessions(
  provider: Provider,
  { raw }: FastifyRequest,
  reply: FastifyReply,
  interaction: Interaction,
  userId: string,
): Promise<void> {
  const context = provider.createContext(raw, reply.raw);
  const current = (await provider.Session.get(context as never)) as Session;
  if (current.accountId !== undefined && current.accountId !== userId) {
    await planLogouts(provider, current);
    await current.destroy();
  }
  if (interaction.session && interaction.session.accountId !== userId) {
    delete interaction.session;
    await interaction.persist();
  }
}

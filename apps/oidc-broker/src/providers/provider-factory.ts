import type { EventEmitter } from 'node:events';
import { type Clock } from '@countersign/kernel';
import { SafeFetch, sha256, Vault } from '@countersign/security';
import { InjectClock, InjectConfig, InjectLogger, type Logger } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import type { Grant, KoaContextWithOIDC } from 'oidc-provider';
import { LogoutNotices } from '../back-channel-logout/logout-notices.ts';
import { ClientRepository } from '../clients/client.repository.ts';
import type { OidcBrokerConfig } from '../config.ts';
import { SigningKeyService } from '../signing-keys/signing-key.service.ts';
import type { SigningKey } from '../signing-keys/signing-key.types.ts';
import { RecordAdapter } from '../storage/record-adapter.ts';
import { RecordRepository } from '../storage/record.repository.ts';
import type { RecordKind } from '../storage/record.types.ts';
import { Accounts } from './accounts.ts';
import { statedAcr } from './acr.decide.ts';
import { BegunLimit } from './begun-limit.ts';
import { keepBounds } from './bounds.ts';
import { openedClaims } from './claim-rules.decide.ts';
import { clientFinder, compareSecret } from './client-finder.ts';
import { asReference, ClientCredentialsAdapter } from './client-credentials.ts';
import { ErrorAnswers } from './error-answers.ts';
import { finishAnswer } from './finished-answers.ts';
import { Grants } from './grants.ts';
import { reachedIn, wantedBy } from './interaction-policy.ts';
import { deferLogouts } from './logout-tokens.ts';
import { isOutage, tellFailure } from './outages.ts';
import { configurationOf } from './provider-configuration.ts';
import { type Ctx, ctxOf, issuerOf, type ProviderOf } from './provider.types.ts';
import { writeRecords } from './records-middleware.ts';
import { dropFallen, keepSatisfied } from './refresh-rules.ts';
import { tellRefusals } from './refusal-log.ts';
import { OwnProvider } from './second-factor-grant.ts';
import { adoptResult } from './session-results.ts';
import { StandingProofs } from './standing-proofs.ts';

/** What providers are made of. */
export type ProviderParts = Pick<
  ProviderFactory,
  'accounts' | 'answers' | 'begun' | 'grants' | 'standing' | 'fetch'
> & {
  isProduction: boolean;
  /** Key that signs an application's cookies. */
  cookieKey: (appId: string) => Uint8Array;
};

/** Makes providers. */
@Injectable()
export class ProviderFactory {
  constructor(
    readonly accounts: Accounts,
    readonly answers: ErrorAnswers,
    readonly begun: BegunLimit,
    readonly grants: Grants,
    readonly standing: StandingProofs,
    readonly fetch: SafeFetch,
    private readonly clients: ClientRepository,
    private readonly records: RecordRepository,
    private readonly keys: SigningKeyService,
    private readonly notices: LogoutNotices,
    private readonly vault: Vault,
    @InjectConfig() private readonly config: OidcBrokerConfig,
    @InjectClock() private readonly clock: Clock,
    @InjectLogger() private readonly logger: Logger,
  ) {}

  make(of: ProviderOf, keys: readonly SigningKey[]): OwnProvider {
    const { accounts, answers, begun, grants, standing, fetch, config } = this;
    const isProduction = config.securityProfile === 'production';
    const cookieKey = (appId: string): Uint8Array => this.vault.derive(`oidc-cookies/v1:${appId}`);
    const parts = { accounts, answers, begun, grants, standing, fetch, isProduction, cookieKey };
    const provider = new OwnProvider(issuerOf(of), {
      ...configurationOf(of, parts),
      adapter: (kind: string) => this.adapter(of, kind) as RecordAdapter,
      jwks: { keys: keys.map((key) => this.keys.open(key)) },
    });
    provider.accounts = { of, accounts };
    this.adapt(provider, of);
    deferLogouts(provider, of, this.notices);
    provider.use(writeRecords(answers, of.appId) as never);
    provider.use(finishAnswer as never);
    tellRefusals(provider, of, { logger: this.logger, isProduction });
    provider.on('interaction.ended', (ctx) => adoptResult(ctxOf(ctx)));
    provider.on('server_error', (ctx, error) => {
      this.logger[isOutage(error) ? 'warn' : 'error']({ err: error }, 'the provider failed');
      tellFailure(ctxOf(ctx), error);
    });
    const failures: EventEmitter = provider;
    failures.on('error', (error: unknown) => this.logger.error({ err: error }, 'the provider failed'));
    provider.on('backchannel.error', (_ctx, error, client) =>
      this.logger.warn({ err: error, clientId: client.clientId }, 'a client was not told of a logout'),
    );
    return provider;
  }

  private adapter(of: ProviderOf, kind: string): object {
    const { clients, keys } = this;
    const { appId } = of;
    if (kind === 'ClientCredentials')
      return new ClientCredentialsAdapter({
        appId,
        issuer: issuerOf(of),
        clients,
        keys: () => keys.published(appId),
      });
    const now = () => this.clock.now().getTime() / 1000;
    return new RecordAdapter(this.records, appId, kind as RecordKind, now);
  }

  /** What the provider has no setting for. */
  private adapt(provider: OwnProvider, of: ProviderOf): void {
    const { appId, origin } = of;
    const { protocol, host } = new URL(origin);
    // the issuer is what is configured: what a request says of host and protocol decides nothing
    Object.defineProperties(provider.request, {
      protocol: { get: () => protocol.slice(0, -1) },
      host: { get: () => host },
    });
    const { Client, ReplayDetection, Session } = provider;
    const payload = (Session as unknown as { IN_PAYLOAD: string[] }).IN_PAYLOAD;
    Object.defineProperty(Session, 'IN_PAYLOAD', { get: () => [...payload, 'proofs'] });
    // an interaction does not name the pushed request it came of: that is used up, and the provider would use it again
    withoutPushed(provider);
    keepSatisfied(provider);
    keepBounds(provider);
    Object.assign(Client, { find: clientFinder(provider, this.clients, of) });
    Object.assign(Client.prototype, { compareClientSecret: compareSecret });
    Object.assign(ReplayDetection, {
      // an insert alone: nobody looks first and comes second (JWT-05)
      unique: (iss: string, jti: string, exp: number) => {
        const left = exp - Math.floor(this.clock.now().getTime() / 1000);
        return this.records.insertOnce(
          appId,
          `Replay:${sha256(JSON.stringify([iss, jti]))}`,
          Math.max(left, 1),
        );
      },
    });
    adaptContext(provider, of);
  }
}

function withoutPushed({ Interaction }: OwnProvider): void {
  const model = Interaction as unknown as { IN_PAYLOAD: string[] };
  const payload = model.IN_PAYLOAD.filter((member) => member !== 'parJti');
  Object.defineProperty(model, 'IN_PAYLOAD', { get: () => payload });
}

function adaptContext(provider: OwnProvider, of: ProviderOf): void {
  const { prototype } = provider.OIDCContext;
  const entity = prototype.entity;
  Object.assign(prototype, {
    urlFor: (name: string, options?: object) => provider.urlFor(name, { ...options }),
    clientJwtAuthExpectedAudience: () => new Set([provider.issuer]),
    // the one place between reading an introspection request and refusing JWTs in it
    entity(this: Ctx['oidc'], key: string, value: unknown) {
      entity.call(this as never, key, value);
      if (key === 'Client' && this.route === 'introspection' && this.params.token)
        this.params.token = asReference(this.params.token);
      if (key === 'Grant' && this.route === 'userinfo') dropFallen({ oidc: this } as Ctx, of, value as Grant);
    },
  });
  type Context = Ctx['oidc'] & { ctx: KoaContextWithOIDC };
  const claimsAsked = Object.getOwnPropertyDescriptor(prototype, 'requestParamClaims')?.get;
  if (!claimsAsked) throw new Error('the provider reads claims otherwise now');
  Object.defineProperties(prototype, {
    acr: {
      get(this: Context) {
        const wanted = wantedBy(ctxOf(this.ctx));
        const { acr } = reachedIn(ctxOf(this.ctx));
        return wanted === 'impossible' ? acr : statedAcr(wanted, acr);
      },
    },
    amr: {
      get(this: Context) {
        return reachedIn(ctxOf(this.ctx)).amr;
      },
    },
    // nobody is asked about what is never told, and it is granted to nobody
    requestParamClaims: {
      get(this: Context) {
        const { requestParamScopes: asked, client } = this;
        const opened = openedClaims(of.scopes, client.settings.scopes, asked);
        return new Set([...(claimsAsked.call(this) as Set<string>)].filter((claim) => opened.has(claim)));
      },
    },
  });
}

import { Injectable } from '@nestjs/common';
import { type ApplicationDirectory, InjectConfig, InjectDirectory } from '@countersign/service-kit';
import { LRUCache } from 'lru-cache';
import type { OidcBrokerConfig } from '../config.ts';
import { ScopeRepository } from '../scopes/scope.repository.ts';
import type { OidcScope } from '../scopes/scope.types.ts';
import { SigningKeyService } from '../signing-keys/signing-key.service.ts';
import type { SigningKey } from '../signing-keys/signing-key.types.ts';
import { isOutage } from './outages.ts';
import { ProviderFactory } from './provider-factory.ts';
import type { OwnProvider } from './second-factor-grant.ts';

/** Providers that are kept: the least used is made again when somebody asks for it. */
const MOST = 50;

interface Made {
  scopes: readonly OidcScope[];
  keys: readonly SigningKey[];
  version: string;
  provider: OwnProvider;
}

/** The provider of each application under each origin, made when it is first asked for. */
@Injectable()
export class Providers {
  private readonly made = new LRUCache<string, Made>({ max: MOST });

  constructor(
    private readonly factory: ProviderFactory,
    private readonly scopes: ScopeRepository,
    private readonly keys: SigningKeyService,
    @InjectDirectory() private readonly directory: ApplicationDirectory,
    @InjectConfig() private readonly config: OidcBrokerConfig,
  ) {}

  /**
   * Undefined: there is no such application. It is made anew when the application's scopes or keys have changed. Where
   * nobody can say that, the one there is answers: it says in its own protocol what it cannot do.
   */
  async for(appId: string, origin: string): Promise<OwnProvider | undefined> {
    if (!(await this.directory.byId(appId))) return undefined;
    const name = `${origin} ${appId}`;
    try {
      return await this.current(appId, origin, name);
    } catch (error) {
      const made = isOutage(error) ? this.made.get(name) : undefined;
      if (!made) throw error;
      return made.provider;
    }
  }

  private async current(appId: string, origin: string, name: string): Promise<OwnProvider> {
    const scopes = await this.scopes.list(appId);
    const keys = await this.keys.published(appId);
    const made = this.made.get(name);
    if (made?.scopes === scopes && made.keys === keys) return made.provider;
    const version = JSON.stringify([scopes, keys.map(({ kid, status }) => [kid, status])]);
    const provider =
      made?.version === version ? made.provider : this.factory.make({ appId, origin, scopes }, keys);
    this.made.set(name, { scopes, keys, version, provider });
    return provider;
  }

  /** The configured origin that a request came to: its Host only chooses among them. */
  originOf(appId: string, host: string | undefined): string {
    const { publicUrl, oidcOrigins } = this.config;
    const wanted = host?.toLowerCase();
    const origins = oidcOrigins.map((origin) => origin.replaceAll('{app}', appId));
    const [main = publicUrl] = [new URL(publicUrl).origin];
    return [main, ...origins].find((origin) => new URL(origin).host === wanted) ?? main;
  }
}

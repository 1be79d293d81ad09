import type { Application } from '@countersign/contracts';
import { Injectable } from '@nestjs/common';
import { RefreshRepository } from '../tokens/refresh.repository.ts';
import { RefreshTokens } from '../tokens/refresh-tokens.ts';
import { introspectionOf, introspectionOfRefresh } from './introspection.decide.ts';
import type { Introspection } from './oauth.schemas.ts';
import { TokenCheck } from './token-check.ts';

/** Says of tokens whether they hold now, and what they say (RFC 7662). */
@Injectable()
export class IntrospectionService {
  constructor(
    private readonly tokens: TokenCheck,
    private readonly refreshTokens: RefreshTokens,
    private readonly refresh: RefreshRepository,
  ) {}

  /** Of an access token, a grant or a refresh token; `{ active: false }` for whatever else it is, and never why. */
  async introspect({ appId, settings }: Application, token: string): Promise<Introspection> {
    const handle = this.refreshTokens.read(appId, token);
    if (!handle) {
      const checked = await this.tokens.check(appId, token, 'believed');
      return checked ? introspectionOf(checked) : { active: false };
    }
    const refreshSeconds = settings.refreshTokenTtlSeconds;
    const newest = await this.refresh.newest({ appId, ...handle, refreshSeconds });
    return newest ? introspectionOfRefresh(newest) : { active: false };
  }
}

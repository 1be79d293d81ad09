import { Controller, Delete, Get, Post } from '@nestjs/common';
import { z } from 'zod';
import {
  Access,
  body,
  Caller,
  CallerContext,
  FormBody,
  param,
  type SessionVerifier,
  type UserTokenVerifier,
} from '../src/index.ts';
import { moduleOf, type TwoServices, twoServices } from './two-services.ts';

const seen = (caller: CallerContext) => ({ appId: caller.application.appId, address: caller.clientAddress });

@Controller()
class GuardedRoutes {
  @Get('v1/things/:id')
  @Access.apiKey('sso:read')
  read(@Caller() caller: CallerContext, @param('id', z.string().regex(/^\d+$/)) id: string) {
    return { id, ...seen(caller) };
  }

  @Post('v1/things')
  @Access.apiKey('sso:write')
  write(@Caller() caller: CallerContext, @body(z.strictObject({ name: z.string() })) input: object) {
    return { input, ...seen(caller) };
  }

  @Post('v1/platform-things')
  @Access.apiKey('app:write', { platformOnly: true })
  platform(@Caller() caller: CallerContext) {
    return seen(caller);
  }

  @Post('fido2/v2/mfa/step')
  @Access.session()
  step(@Caller() caller: CallerContext<{ flowId: string }>) {
    return { flowId: caller.session.flowId, ...seen(caller) };
  }

  @Get('fido2/v2/passkeys')
  @Access.userToken('passkey:read')
  passkeys(@Caller() caller: CallerContext) {
    return { userId: caller.userToken.userId, ...seen(caller) };
  }

  @Delete('fido2/v2/passkeys/:id')
  @Access.userToken('passkey:write')
  remove(@Caller() caller: CallerContext, @param('id', z.string().regex(/^\d+$/)) id: string) {
    return { id, ...seen(caller) };
  }

  @Post('fido2/v2/reg/init')
  @Access.userToken('reg:write', { optional: true })
  register(@Caller() caller: CallerContext) {
    return { userId: caller.userTokenIfAny?.userId ?? null, ...seen(caller) };
  }

  @Post('v1/forms')
  @FormBody()
  @Access.apiKey('sso:write')
  form(@body(z.strictObject({ token: z.string() })) input: object) {
    return input;
  }

  @Get('v1/decisions/jwks.json')
  @Access.open({ application: true })
  keys(@Caller() caller: CallerContext) {
    return { credential: caller.credential, ...seen(caller) };
  }

  @Get('internal/things')
  @Access.service('mfa-orchestrator')
  internal(@Caller() caller: CallerContext) {
    return { service: caller.service };
  }
}

export const SESSION = 'session-of-demo-0123456789';

const sessions: SessionVerifier = (token, application) =>
  Promise.resolve(
    token === SESSION && (!application || application.appId === 'demo') ? { flowId: 'f1' } : undefined,
  );

/** An unsigned JWT of that audience: what it says is for {@link userTokens} to believe. */
export const userTokenFor = (aud: string, scopes: string[]): string =>
  [{ alg: 'ES256' }, { aud, scopes }, 'signature']
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');

const userTokens: UserTokenVerifier = (token, application) => {
  const [, payload] = token.split('.');
  const { aud, scopes } = JSON.parse(Buffer.from(payload ?? 'e30', 'base64url').toString() || '{}') as {
    aud?: string;
    scopes: string[];
  };
  return Promise.resolve(
    aud === application.appId
      ? {
          ...{ kind: 'access', userId: 'u1', username: 'dana', scopes, acr: 'aal1', amr: ['pop'] },
          ...{ authTime: 1, exp: 2, jti: 'j1' },
        }
      : undefined,
  );
};

/** A service with a route of every access rule, applications `demo` and `other`, and keys of both and the platform. */
export async function guardedRoutes(label: string): Promise<TwoServices> {
  const two = await twoServices(label, {
    module: () => moduleOf(GuardedRoutes),
    sessions: () => sessions,
    userTokens: () => userTokens,
  });
  const { known } = two;
  known.application('demo', { hostAliases: ['pay.bank.example'] });
  known.application('other');
  known.key('csk_demo', 'demo', ['sso:read', 'sso:write', 'app:write']);
  known.key('csk_reader', 'demo', ['sso:read']);
  known.key('csk_other', 'other', ['sso:read', 'sso:write']);
  known.key('csk_platform', 'platform', ['app:write', 'sso:read']);
  return two;
}

import type { OidcClient } from '../clients/client.types.ts';
import type { Proof } from '../logins/login.types.ts';
import { acrRequestOf, reachedBy, statedAcr, wantedAcr } from './acr.decide.ts';
import { providerPath } from './alias.decide.ts';
import { clientMetadata } from './client-metadata.decide.ts';
import { mergedProofs } from './proofs.decide.ts';
import { requestRefusal } from './request-rules.decide.ts';

describe('paths of the provider', () => {
  it.each([
    ['/oidc/demo/authorize', 'demo', '/authorize'],
    ['/oidc/authorize/demo', 'demo', '/authorize'],
    ['/oidc/token/demo', 'demo', '/token'],
    ['/oidc/.well-known/openid-configuration/demo', 'demo', '/.well-known/openid-configuration'],
    ['/oidc/demo/jwks', 'demo', '/.well-known/jwks'],
    ['/oidc/demo/.well-known/jwks.json', 'demo', '/.well-known/jwks'],
    ['/oidc/jwks/demo', 'demo', '/.well-known/jwks'],
    ['/oidc/logout/demo/confirm', 'demo', '/logout/confirm'],
    ['/oidc/demo/authorize/uid-1', 'demo', '/authorize/uid-1'],
    // an application named as an endpoint is itself
    ['/oidc/token/authorize', 'token', '/authorize'],
  ])('%s', (path, appId, below) => {
    expect(providerPath(path)).toEqual({ appId, path: below });
  });

  it.each([
    '/oidc/demo',
    '/oidc//x',
    '/oidc/Demo/token',
    '/oidc/%64emo/token',
    '/oidc/-x/token',
    '/other/demo/token',
  ])('OP-19: %s is none', (path) => {
    expect(providerPath(path)).toBeUndefined();
  });
});

describe('acr (ST-15)', () => {
  const wanted = (acrValues?: string, claim?: object) => wantedAcr({ acrValues, claim });

  it('an essential claim goes before acr_values, values of others are wishes there and impossible here', () => {
    expect(wanted('aal1', { essential: true, value: 'aal2' })).toEqual(['aal2']);
    expect(wanted(undefined, { essential: true, values: ['x', 'aal2'] })).toEqual(['aal2']);
    expect(wanted(undefined, { essential: true, value: 'x' })).toBe('impossible');
    expect(wanted('x y')).toEqual([]);
    expect(wanted('x aal2')).toEqual(['aal2']);
    expect(wanted('aal2', { value: 'aal1' })).toEqual(['aal2']);
    expect(wanted(undefined, { essential: true })).toEqual([]);
  });

  it('is read from the request as it came; an essential claim without a value leaves it to acr_values', () => {
    const asked = (id_token: unknown, acr_values?: string) =>
      wantedAcr(acrRequestOf({ claims: JSON.stringify({ id_token }), acr_values }));
    expect(asked({ acr: { essential: true, values: ['aal2'] } }, 'aal1')).toEqual(['aal2']);
    expect(asked({ acr: { essential: true } }, 'aal2')).toEqual(['aal2']);
    expect(asked({ acr: null }, 'aal2')).toEqual(['aal2']);
    expect(wantedAcr(acrRequestOf({}))).toEqual([]);
  });

  it('ST-17: a session amounts to no more than what its login said, and than the proofs that are left', () => {
    const password: Proof = { factor: 'password', at: 1, amr: ['pwd'], acr: 'aal1' };
    const mfa: Proof = { factor: 'mfa', at: 1, amr: ['pwd', 'sms', 'mfa'], acr: 'aal2', policy: 'mfa' };
    const said = { acr: 'aal2', amr: ['pwd', 'sms', 'mfa'] };
    expect(reachedBy(said, [password, mfa])).toEqual(said);
    expect(reachedBy(said, [password])).toEqual({ acr: 'aal1', amr: ['pwd'] });
    expect(reachedBy({ acr: 'aal1', amr: ['pwd'] }, [password, mfa])).toEqual({ acr: 'aal1', amr: ['pwd'] });
    expect(reachedBy({}, [password])).toEqual({});
  });

  it('a token says the highest wanted value that was reached, never one that was not', () => {
    expect(statedAcr(['aal2'], 'aal1')).toBeUndefined();
    expect(statedAcr(['aal1'], 'aal2')).toBe('aal1');
    expect(statedAcr(['aal1', 'aal2'], 'aal2')).toBe('aal2');
    expect(statedAcr([], 'aal2')).toBe('aal2');
    expect(statedAcr(['aal1'], undefined)).toBeUndefined();
  });
});

describe('proofs of a session', () => {
  const proof = (factor: Proof['factor'], at: number, more: Partial<Proof> = {}): Proof => ({
    ...{ factor, at, amr: [], acr: 'aal1' },
    ...more,
  });

  it('are the newest of each kind', () => {
    const known = [
      proof('password', 5),
      proof('mfa', 5, { policy: 'a' }),
      proof('device', 5, { clientId: 'x' }),
    ];
    const shown = [
      proof('password', 4),
      proof('mfa', 6, { policy: 'b' }),
      proof('device', 6, { clientId: 'x' }),
    ];
    expect(mergedProofs(known, shown)).toEqual([known[0], known[1], shown[2], shown[1]]);
  });
});

describe('requests', () => {
  const client = { kind: 'confidential', hint: 'required', hintInFrontChannel: false } as const;
  const asked = { scope: 'openid 2fa', nonce: 'n', login_hint: 'dana', isPushed: false };

  it('in production the hint is pushed, elsewhere it may stand in the address', () => {
    expect(requestRefusal(asked, client, false)).toBeUndefined();
    expect(requestRefusal(asked, client, true)?.error).toBe('invalid_request');
    expect(requestRefusal({ ...asked, isPushed: true }, client, true)).toBeUndefined();
    expect(requestRefusal(asked, { ...client, hintInFrontChannel: true }, true)).toBeUndefined();
    expect(
      requestRefusal({ ...asked, login_hint: undefined }, { ...client, hint: 'ask' }, true),
    ).toBeUndefined();
  });

  const link = { ...asked, scope: 'openid 2fa 2fa_link' };
  const errorOf = (changed: object, more: object, isProduction: boolean) =>
    requestRefusal({ ...link, ...changed }, { ...client, ...more }, isProduction)?.error;

  it.each<[string, object, object, { production?: string; development?: string }]>([
    ['by PAR', { isPushed: true }, {}, {}],
    ['without', {}, {}, { production: 'invalid_request', development: 'invalid_request' }],
    ['without, opted out', {}, { hintInFrontChannel: true }, { production: 'invalid_request' }],
  ])('V11: a link goes %s', (_how, changed, more, { production, development }) => {
    for (const hint of ['required', 'ask']) {
      expect(errorOf(changed, { ...more, hint }, true)).toBe(production);
      expect(errorOf(changed, { ...more, hint }, false)).toBe(development);
    }
  });

  const NOBODY = [undefined, '', ' ', '\t\n', '\u00a0\ufeff'];
  it.each(NOBODY)('V11: a link of nobody (%j) is refused, whatever the client is set to', (login_hint) => {
    for (const isProduction of [true, false])
      for (const isPushed of [true, false])
        for (const hint of ['required', 'ask'])
          for (const hintInFrontChannel of [true, false])
            expect(errorOf({ login_hint, isPushed }, { hint, hintInFrontChannel }, isProduction)).toBe(
              'invalid_request',
            );
  });

  it.each(NOBODY)('a blank hint (%j) is none', (login_hint) => {
    const blank = { ...asked, login_hint };
    expect(requestRefusal(blank, client, false)?.error).toBe('invalid_request');
    expect(requestRefusal(blank, { ...client, hint: 'ask' }, true)).toBeUndefined();
  });

  it.each(['a\u0000b', 'x'.repeat(257), '\ud800'])('a hint that is nobody’s name (%j) is refused', (hint) => {
    const odd = { ...asked, login_hint: hint, isPushed: true };
    for (const set of ['required', 'ask'] as const)
      expect(requestRefusal(odd, { ...client, hint: set }, false)?.error).toBe('invalid_request');
  });

  it('of a regular client are not touched', () => {
    const regular = { scope: 'openid profile', nonce: undefined, login_hint: undefined, isPushed: false };
    expect(requestRefusal(regular, client, true)).toBeUndefined();
  });
});

describe('a client as the provider knows it', () => {
  const client = {
    ...{
      kind: 'confidential',
      clientId: 'c',
      name: 'C',
      redirectUris: ['https://a.example/'],
      secretHashes: ['h'],
    },
    ...{ grantTypes: ['authorization_code'], scopes: ['openid', 'gone'], signingAlg: 'EdDSA' },
  } as unknown as OidcClient;
  const known = new Set(['openid']);

  it('never with its secret, nor what is compared with it', () => {
    const metadata = clientMetadata(client, known, 'secret');
    expect([metadata.client_secret, metadata.scope]).toEqual(['hashed', 'openid']);
  });

  it.each([
    ['a secret', {}, 'assertion', 'client_secret_basic'],
    ['keys and a secret, by an assertion', { jwks: { keys: [] } }, 'assertion', 'private_key_jwt'],
    ['keys and a secret, by the secret', { jwks: { keys: [] } }, 'secret', 'client_secret_basic'],
    ['keys alone', { jwks: { keys: [] }, secretHashes: [] }, 'secret', 'private_key_jwt'],
    ['nothing', { kind: 'public', secretHashes: [] }, 'assertion', 'none'],
  ] as const)('proves itself with %s', (_case, more, by, method) => {
    const metadata = clientMetadata({ ...client, ...more } as OidcClient, known, by);
    expect(metadata.token_endpoint_auth_method).toBe(method);
  });

  it.each([
    [['https://a.example/'], 'web'],
    [['http://localhost:3000/cb'], 'web'],
    [['http://127.0.0.1/cb'], 'native'],
    [['com.example.app:/cb'], 'native'],
  ])('RFC 8252: of %j is %s', (redirectUris, type) => {
    const metadata = clientMetadata({ ...client, kind: 'public', redirectUris }, known, 'secret');
    expect(metadata.application_type).toBe(type);
  });
});

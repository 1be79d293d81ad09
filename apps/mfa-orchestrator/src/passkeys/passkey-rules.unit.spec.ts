import fc from 'fast-check';
import { canonical } from './base64-bytes.decide.ts';
import { creationOptions, requestOptions } from './ceremony-options.decide.ts';
import { codeOf, loggable } from './client-event.decide.ts';
import { passkeyProof } from './passkey-proof.decide.ts';
import { providerOf } from './passkey-providers.decide.ts';
import { originAllowed, relyingPartyOf } from './relying-party.decide.ts';
import { countsOn } from './sign-count.decide.ts';

const RP = { id: 'pay.bank.example', name: 'Bank', origins: ['*'], development: false };

describe('WA-03: pages that may run a ceremony', () => {
  it.each([
    ['https://pay.bank.example', true],
    ['https://pay.bank.example:8443', false],
    ['https://app.pay.bank.example', false],
    ['https://bank.example', false],
    ['https://evilpay.bank.example', false],
    ['https://pay.bank.example.evil.example', false],
    ['http://pay.bank.example', false],
    ['https://pay.bank.example/', false],
    ['https://pay.bank.example:443', false],
    ['https://user@pay.bank.example', false],
    ['HTTPS://PAY.BANK.EXAMPLE', false],
    ['null', false],
    ['*', false],
    ['', false],
    ['android:apk-key-hash:abc', false],
  ])('under *, %j: %s', (origin, allowed) => {
    expect(originAllowed(origin, RP)).toBe(allowed);
  });

  it('a listed origin counts as it stands, and nothing beside the list does', () => {
    const rp = { ...RP, origins: ['https://www.bank.example', 'android:apk-key-hash:abc'] };
    expect(originAllowed('https://www.bank.example', rp)).toBe(true);
    expect(originAllowed('android:apk-key-hash:abc', rp)).toBe(true);
    expect(originAllowed('https://pay.bank.example', rp)).toBe(false);
    expect(originAllowed('https://www.bank.example:443', rp)).toBe(false);
    expect(originAllowed('https://app.www.bank.example', rp)).toBe(false);
  });

  it('a sub-domain counts where it is listed, beside * too', () => {
    const origins = ['*', 'https://app.pay.bank.example:8443'];
    expect(originAllowed('https://app.pay.bank.example:8443', { ...RP, origins })).toBe(true);
    expect(originAllowed('https://app.pay.bank.example', { ...RP, origins })).toBe(false);
  });

  it('any port in development, and there without TLS on localhost names; never a sub-domain', () => {
    const local = relyingPartyOf(
      { appId: 'demo', name: 'Demo', settings: { rpId: null, origins: ['*'] } as never },
      true,
    );
    expect(local.id).toBe('demo.localhost');
    expect(originAllowed('http://demo.localhost:4000', local)).toBe(true);
    expect(originAllowed('http://demo.localhost:4000', { ...local, development: false })).toBe(false);
    expect(originAllowed('http://app.demo.localhost:4000', local)).toBe(false);
    expect(originAllowed('http://pay.bank.example', { ...RP, development: true })).toBe(false);
    expect(originAllowed('https://pay.bank.example:8443', { ...RP, development: true })).toBe(true);
    expect(originAllowed('https://app.pay.bank.example', { ...RP, development: true })).toBe(false);
  });
});

describe('WA-05: counters', () => {
  it.each([
    [0, 0, true],
    [0, 1, true],
    [5, 6, true],
    [5, 5, false],
    [5, 4, false],
    [5, 0, false],
  ])('%i and then %i: %s', (stored, shown, fine) => {
    expect(countsOn(stored, shown)).toBe(fine);
  });
});

describe('WA-04: what a passkey proves', () => {
  it('two categories with user verification, one without, one where it could not verify when it was made', () => {
    const categories = (able: boolean, did: boolean) =>
      passkeyProof({ id: 'p', userVerified: able }, did).categories.length;
    expect([categories(true, true), categories(true, false), categories(false, true)]).toEqual([2, 1, 1]);
    expect(passkeyProof({ id: 'p', userVerified: true }, false).acr).toBe('aal1');
  });
});

describe('contracts §1.4: options that LoginID’s SDK accepts', () => {
  const rp = RP;
  it('a creation has rp.id, challenge, pubKeyCredParams and user.id; ES256 and RS256 are offered', () => {
    const options = creationOptions({
      ...{ rp, challenge: 'c', userVerification: 'preferred' },
      user: { id: 'AAAAAAAAAAAAAAAAAAAAAA', username: 'dana' },
      exclude: [{ credentialId: 'x', transports: [] }],
    });
    expect(options.user).toEqual({ id: 'AAAAAAAAAAAAAAAAAAAAAA', name: 'dana', displayName: 'dana' });
    expect(options.pubKeyCredParams.map(({ alg }) => alg)).toEqual([-7, -8, -257]);
    expect(options).toMatchObject({ rp: { id: rp.id }, challenge: 'c', attestation: 'none' });
    expect(options.excludeCredentials).toEqual([{ type: 'public-key', id: 'x' }]);
  });

  it('a request has allowCredentials even where it is empty', () => {
    const options = requestOptions({ rp, challenge: 'c', allow: [], userVerification: 'required' });
    expect(options).toMatchObject({ rpId: rp.id, allowCredentials: [], userVerification: 'required' });
  });
});

describe('bytes have one spelling', () => {
  it('whatever the alphabet and the padding', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 70 }), (bytes) => {
        const buffer = Buffer.from(bytes);
        const url = buffer.toString('base64url');
        expect(canonical(url)).toBe(url);
        expect(canonical(buffer.toString('base64'))).toBe(url);
      }),
    );
  });

  it('bits beyond the last byte make no other credential id', () => {
    expect(canonical('QQ')).toBe('QQ');
    expect(canonical('QR')).toBe('QQ');
    expect(canonical('QUJ')).toBe('QUI');
  });
});

describe('client events (API-06, ASVS 16.4.1)', () => {
  it('only codes of a closed list are labels', () => {
    expect(codeOf('ERROR_DOMAIN_MISMATCH - wrong domain - SecurityError')).toBe('ERROR_DOMAIN_MISMATCH');
    expect(codeOf('ERROR_PASSKEY_EXISTSx')).toBe('other');
    expect(codeOf('x'.repeat(4000))).toBe('other');
  });

  it('what is logged is one bounded line of printable text without credentials', () => {
    const line = loggable(
      `ERROR_X\n{"level":"fatal"}\r\u001b[31m\u2028 ${'s'.repeat(43)} ${'y '.repeat(999)}`,
    );
    expect(line).toMatch(/^[\x20-\x7e]{1,200}$/);
    expect(line).not.toContain('sss');
  });
});

describe('providers by AAGUID', () => {
  it('names the well-known, and nobody where the authenticator does not say', () => {
    expect(providerOf('FBFC3007-154E-4ECC-8C0B-6E020557D7BD').name).toBe('iCloud Keychain');
    expect(providerOf('00000000-0000-0000-0000-000000000000').name).toBe('Passkey');
    expect(providerOf('00000000-0000-0000-0000-000000000000').iconDark).toMatch(
      /^data:image\/svg\+xml,%3Csvg/,
    );
  });
});

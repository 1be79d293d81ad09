import { encodeCbor, SoftwareAuthenticator, type KeyKind, type Quirks } from '@countersign/testing';
import { asAssertion, asCreation } from './ceremony-input.decide.ts';
import { type Created, type Expected, verifyAssertion, verifyCreation } from './ceremonies.ts';

const CHALLENGE = Buffer.alloc(32, 7).toString('base64url');
const RP = { id: 'demo.localhost', name: 'Demo', origins: ['*'], development: true };
const ORIGIN = 'https://demo.localhost';
const expected: Expected = { challenge: CHALLENGE, rp: RP, userVerification: false };
const asked = { rp: RP, user: { id: Buffer.alloc(16, 9).toString('base64url') }, challenge: CHALLENGE };

const device = () => new SoftwareAuthenticator(ORIGIN);

async function made(authenticator = device(), quirks: Quirks & { kind?: KeyKind } = {}): Promise<Created> {
  const created = await verifyCreation(asCreation(authenticator.create(asked, quirks))!, expected);
  if (!created.ok) throw new Error(created.why);
  return created.value;
}

describe('making a passkey', () => {
  it.each(['ES256', 'EdDSA', 'RS256'] as const)(
    'WebAuthn L3 §7.1: %s with no attestation is taken, with what it says of itself',
    async (kind) => {
      const created = await made(device(), { kind, backupEligible: true, backedUp: true });
      expect(created).toMatchObject({
        algorithm: { ES256: -7, EdDSA: -8, RS256: -257 }[kind],
        ...{ userVerified: true, backupEligible: true, backedUp: true, signCount: 0 },
        ...{ aaguid: '00000000-0000-0000-0000-000000000000', transports: ['internal'] },
      });
    },
  );

  const wrong: [string, Quirks & { kind?: KeyKind }, Partial<Expected>?][] = [
    ['WA-02: another challenge', {}, { challenge: Buffer.alloc(32, 8).toString('base64url') }],
    ['WA-03: a page elsewhere', { origin: 'https://evil.example' }],
    ['WA-03: a page without TLS', { origin: 'http://demo.localhost' }, { rp: { ...RP, development: false } }],
    ['WA-03: a page whose host only ends alike', { origin: 'https://notdemo.localhost' }],
    ['WA-03: framed by another origin', { clientData: { crossOrigin: true } }],
    ['WA-03: a top origin', { clientData: { crossOrigin: true, topOrigin: 'https://evil.example' } }],
    ['WA-03: a top origin without crossOrigin', { clientData: { topOrigin: ORIGIN } }],
    ['WA-03: another RP id', { rpId: 'localhost' }],
    ['WA-04: nobody was present', { userPresent: false }],
    ['WA-04: no user verification where it is required', { userVerified: false }, { userVerification: true }],
    ['WA-07: an algorithm that was not offered', { kind: 'ES384' }],
    ['an RSA key shorter than 2048 bits', { kind: 'RS256-1024' }],
    ['§7.1 step 7: an assertion’s client data', { clientData: { type: 'webauthn.get' } }],
    ['§6.1.3: backed up without being eligible', { backedUp: true }],
    ['an attestation nobody asked for', { attestation: { fmt: 'fido-u2f', attStmt: new Map() } }],
    [
      'SSRF: a certificate that would have to be looked at',
      { attestation: { fmt: 'packed', attStmt: new Map([['x5c', [new Uint8Array(8)]]]) } },
    ],
    [
      '§8.7: a statement where there is none',
      { attestation: { fmt: 'none', attStmt: new Map([['alg', -7]]) } },
    ],
    [
      '§8.2: a self attestation that is not signed',
      {
        attestation: {
          fmt: 'packed',
          attStmt: new Map<string, number | Uint8Array>([
            ['alg', -7],
            ['sig', new Uint8Array(70)],
          ]),
        },
      },
    ],
  ];
  it.each(wrong)('%s is refused', async (_, quirks, otherwise = {}) => {
    const result = asCreation(device().create(asked, quirks))!;
    expect(await verifyCreation(result, { ...expected, ...otherwise })).toMatchObject({ ok: false });
  });

  it('§7.1 step 25: a credential id other than the one that is attested, or longer than 1023 bytes, is refused', async () => {
    const result = asCreation(device().create(asked))!;
    const other = { ...result, credentialId: Buffer.alloc(32).toString('base64url') };
    expect(await verifyCreation(other, expected)).toMatchObject({ ok: false });
    const long = device().create(asked, { credentialId: Buffer.alloc(1024, 1).toString('base64url') });
    expect(await verifyCreation(asCreation(long)!, expected)).toMatchObject({
      ok: false,
      why: 'credential id',
    });
  });

  it.each([
    ['no CBOR', Buffer.from('hello')],
    ['nothing', Buffer.alloc(0)],
    ['no map', encodeCbor([1, 2])],
    ['a map without anything', encodeCbor(new Map())],
    ['lists in lists in lists', Buffer.alloc(20_000, 0x81)],
    ['a list that claims four thousand million entries', Buffer.from('9affffffff', 'hex')],
    [
      'authenticator data that end early',
      encodeCbor(
        new Map([
          ['fmt', 'none'],
          ['attStmt', new Map()],
          ['authData', new Uint8Array(36)],
        ] as never),
      ),
    ],
  ])('API-09: an attestation object that is %s is refused, not a fault', async (_, bytes) => {
    const result = { ...asCreation(device().create(asked))!, attestationObject: bytes.toString('base64url') };
    expect(await verifyCreation(result, expected)).toMatchObject({ ok: false });
  });
});

describe('showing a passkey', () => {
  const show = async (quirks: Quirks = {}, otherwise: Partial<Expected> = {}, kind: KeyKind = 'ES256') => {
    const authenticator = device();
    const passkey = await made(authenticator, { kind });
    const result = asAssertion(authenticator.get({ rpId: RP.id, challenge: CHALLENGE }, quirks))!;
    return verifyAssertion(result, passkey, { ...expected, ...otherwise });
  };

  it.each(['ES256', 'EdDSA', 'RS256'] as const)('WebAuthn L3 §7.2: %s is right', async (kind) => {
    expect(await show({ signCount: 4 }, {}, kind)).toEqual({
      ok: true,
      value: { userVerified: true, signCount: 4, backedUp: false },
    });
  });

  const wrong: [string, Quirks, Partial<Expected>?][] = [
    ['WA-02: another challenge', {}, { challenge: Buffer.alloc(32, 8).toString('base64url') }],
    ['WA-03: a page elsewhere', { origin: 'https://evil.example' }],
    ['WA-03: framed by another origin', { clientData: { crossOrigin: true } }],
    ['WA-03: another RP id', { rpId: 'demo.localhost.evil.example' }],
    ['WA-04: nobody was present', { userPresent: false }],
    ['WA-04: no user verification where it is required', { userVerified: false }, { userVerification: true }],
    ['§7.2 step 11: a registration’s client data', { clientData: { type: 'webauthn.create' } }],
    ['§7.2 step 21: a forged signature', { forged: true }],
    ['§7.2 step 19: eligible for backup all of a sudden', { backupEligible: true }],
  ];
  it.each(wrong)('%s is refused', async (_, quirks, otherwise = {}) => {
    expect(await show(quirks, otherwise)).toMatchObject({ ok: false });
  });

  it('another passkey’s key does not verify it', async () => {
    const authenticator = device();
    await made(authenticator);
    const other = await made();
    const result = asAssertion(authenticator.get({ rpId: RP.id, challenge: CHALLENGE }))!;
    expect(await verifyAssertion(result, other, expected)).toMatchObject({ ok: false });
  });
});

describe('bytes as clients send them (contracts §1.4)', () => {
  it('base64url and padded standard base64 are the same assertion', async () => {
    const authenticator = device();
    const passkey = await made(authenticator);
    const result = authenticator.get({ rpId: RP.id, challenge: CHALLENGE });
    const padded = Object.fromEntries(
      Object.entries(result).map(([name, value]) => [
        name,
        Buffer.from(value, 'base64url').toString('base64'),
      ]),
    );
    const read = asAssertion(padded as never)!;
    expect(read).toEqual(result);
    expect(await verifyAssertion(read, passkey, expected)).toMatchObject({ ok: true });
  });

  it.each(['a', 'aaaaa', '', '=', 'a b', 'ä', 'aa\u0000a'])('%j is no bytes', (text) => {
    const result = device().create(asked);
    expect(asCreation({ ...result, credentialId: text })).toBeUndefined();
  });
});

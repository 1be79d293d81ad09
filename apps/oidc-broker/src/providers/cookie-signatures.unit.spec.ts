import { CookieSignatures } from './cookie-signatures.ts';

const signatures = new CookieSignatures(Buffer.alloc(32, 7));
const COOKIE = 'oidc-demo-login=abc';

describe('signatures of cookies', () => {
  it('are of the name and the value, by one key', () => {
    const signature = signatures.sign(COOKIE);
    expect(signature).toMatch(/^[\w-]{43}$/);
    expect(signatures.index(COOKIE, signature)).toBe(0);
    for (const other of ['oidc-demo-login=abd', 'oidc-demo-resume=abc', ''])
      expect(signatures.index(other, signature)).toBe(-1);
    expect(new CookieSignatures(Buffer.alloc(32, 8)).verify(COOKIE, signature)).toBe(false);
  });

  it('of another length, of other characters, cut or prolonged are none', () => {
    const signature = signatures.sign(COOKIE);
    for (const other of ['', signature.slice(1), `${signature}=`, 'ä'.repeat(43), `A${signature.slice(1)}`])
      expect(signatures.verify(COOKIE, other)).toBe(other === signature);
  });
});

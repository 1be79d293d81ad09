import { QueueFull } from './bounded-queue.ts';
import { PasswordHasher } from './password-hasher.ts';

const CHEAP = { memory: 64, passes: 1, parallelism: 1 };
const pepper = Buffer.alloc(32, 7);
const binding = { owner: 'demo:dana', from: '192.0.2.1' };
const cheap = () => new PasswordHasher(pepper, { cost: CHEAP });
const b64 = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');

describe('passwords at rest', () => {
  it('RFC 9106 §5.3: argon2id with secret and associated data', async () => {
    const tag = '0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659';
    const stored = `$argon2id$v=19$m=32,t=3,p=4$${b64(Buffer.alloc(16, 2))}$${b64(Buffer.from(tag, 'hex'))}`;
    const hasher = new PasswordHasher(Buffer.alloc(8, 3));
    const owner = '\x04'.repeat(12);
    const password = '\x01'.repeat(32);
    expect(await hasher.check(stored, password, { owner, from: '' })).toEqual({
      matches: true,
      outdated: true,
    });
    expect((await hasher.check(stored, `${password}\x01`, { owner, from: '' })).matches).toBe(false);
    expect((await hasher.check(stored, password, { owner: 'x', from: '' })).matches).toBe(false);
  });

  it('security 13: 46 MiB, one pass, one lane, 128 bits of salt, another one each time', async () => {
    const hasher = new PasswordHasher(pepper);
    const [one, two] = await Promise.all([hasher.hash('same', binding), hasher.hash('same', binding)]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=47104,t=1,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(one).not.toBe(two);
    expect(await hasher.check(one, 'same', binding)).toEqual({ matches: true, outdated: false });
  });

  it('security 13: the pepper is needed, and the owner is part of it', async () => {
    const stored = await cheap().hash('secret', binding);
    expect((await cheap().check(stored, 'secret', binding)).matches).toBe(true);
    const elsewhere = new PasswordHasher(Buffer.alloc(32, 8), { cost: CHEAP });
    expect((await elsewhere.check(stored, 'secret', binding)).matches).toBe(false);
    expect((await cheap().check(stored, 'secret', { ...binding, owner: 'demo:kim' })).matches).toBe(false);
    expect(() => new PasswordHasher(new Uint8Array())).toThrow(TypeError);
  });

  it('security 12: compared in full: NUL ends nothing, nothing is cut off', async () => {
    const long = 'x'.repeat(2000);
    for (const [kept, tried] of [
      ['secret\0one', 'secret'],
      ['secret', 'secret\0one'],
      [`${long}a`, `${long}b`],
      ['secret', 'secret '],
      ['Secret', 'secret'],
      ['', 'x'],
    ] as const) {
      const stored = await cheap().hash(kept, binding);
      expect((await cheap().check(stored, tried, binding)).matches).toBe(false);
      expect((await cheap().check(stored, kept, binding)).matches).toBe(true);
    }
  });

  it('nothing matches where nothing is kept, or what is kept cannot be read', async () => {
    const stored = await cheap().hash('secret', binding);
    const broken = ['', 'secret', stored.slice(0, -1), stored.replace('argon2id', 'argon2i')];
    for (const kept of [undefined, ...broken, stored.replace('v=19', 'v=16'), `${stored}\n`])
      expect(await cheap().check(kept, 'secret', binding)).toEqual({ matches: false, outdated: false });
  });

  it('security 13: what was kept at another cost still matches, and says that it is to be hashed anew', async () => {
    const stored = await cheap().hash('secret', binding);
    const dearer = new PasswordHasher(pepper, { cost: { ...CHEAP, memory: 128 } });
    expect(await dearer.check(stored, 'secret', binding)).toEqual({ matches: true, outdated: true });
    expect(await dearer.check(stored, 'wrong', binding)).toEqual({ matches: false, outdated: false });
  });

  it('API-09: few run, few wait, the others are refused at once; then it goes on', async () => {
    const hasher = new PasswordHasher(pepper, { cost: CHEAP, running: 1, waiting: 2, waitingOfOne: 2 });
    const all = await Promise.allSettled([1, 2, 3, 4, 5].map(() => hasher.hash('x', binding)));
    const statuses = all.map(({ status }) => status);
    expect(statuses).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected']);
    expect(all.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []))).toEqual([
      expect.any(QueueFull),
      expect.any(QueueFull),
    ]);
    expect(await hasher.hash('x', binding)).toMatch(/^\$argon2id/);
  });
});

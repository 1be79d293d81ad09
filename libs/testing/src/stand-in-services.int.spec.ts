import { type IdentityOf, StandInNeighbours } from './index.ts';

// tokens that say who made them for whom, as service tokens do
const identityOf: IdentityOf = ({ name }) => ({
  issue: async (audience) => `${name}>${audience}`,
  verify: async (token, callers) => {
    const caller = callers.find((one) => token === `${one}>${name}`);
    if (!caller) throw new Error('not theirs');
    return { caller };
  },
});

describe('stand-ins of services', () => {
  const neighbours = new StandInNeighbours('sso-data', identityOf);
  let url = '';
  beforeAll(async () => {
    url = await neighbours.open();
  });
  afterAll(() => neighbours.close());
  const resolve = (token: string) =>
    fetch(`${url}/internal/users/resolve`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({ appId: 'demo', username: 'dana' }),
    });

  it('answer the caller they stand around, and nobody else', async () => {
    expect((await resolve('sso-data>mfa-orchestrator')).status).toBe(200);
    for (const token of ['sso-data>token-service', 'oidc-broker>mfa-orchestrator', ''])
      expect((await resolve(token)).status).toBe(401);
  });

  it('are out of reach while they are away', async () => {
    neighbours.away.add('mfa-orchestrator');
    expect((await resolve('sso-data>mfa-orchestrator')).status).toBe(503);
    neighbours.away.clear();
  });

  it('know a name by one id until its user is gone; the name has another one later', async () => {
    const ask = async () => {
      const answer = await resolve('sso-data>mfa-orchestrator');
      return (await answer.json()) as { userId: string; at: string };
    };
    const [first, second] = [await ask(), await ask()];
    expect(second).toEqual(first);
    neighbours.forget('demo', 'DANA');
    const third = await ask();
    expect(third.userId).not.toBe(first.userId);
    expect(Date.parse(third.at)).toBeGreaterThan(Date.parse(first.at));
  });
});

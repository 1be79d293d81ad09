import { applicationSettings } from '@countersign/contracts';
import { type ServiceAnswer, type ServiceCall, ServiceUnavailable } from '@countersign/security';
import { remoteApiKeys } from './api-key-verifier.ts';
import { remoteDirectory } from './application-directory.ts';

const demo = { appId: 'demo', name: 'Demo', settings: applicationSettings.parse({}) };
const key = { keyId: 'k1', appId: 'demo', scopes: ['sso:read'], constraints: {}, application: demo };

/** A token-service of one answer, and a clock that is moved by hand. */
function tokenService(answer: ServiceAnswer | 'away') {
  const state = { answer, asked: [] as ServiceCall[], at: 1000 };
  const client = {
    call: (_service: string, call: ServiceCall): Promise<ServiceAnswer> => {
      state.asked.push(call);
      return state.answer === 'away'
        ? Promise.reject(new ServiceUnavailable('token-service', 'network'))
        : Promise.resolve(state.answer);
    },
  };
  return { state, client, now: () => state.at };
}

describe('what is remembered of API keys', () => {
  it('design: a yes for half a second and no longer; a no never', async () => {
    const { state, client, now } = tokenService({ status: 200, body: key });
    const keys = remoteApiKeys(client, now);
    await keys('csk_a');
    state.answer = { status: 404, body: undefined };
    state.at += 400;
    expect((await keys('csk_a'))?.keyId).toBe('k1');
    state.at += 200;
    expect(await keys('csk_a')).toBeUndefined();
    state.answer = { status: 200, body: key };
    expect((await keys('csk_a'))?.keyId).toBe('k1');
    expect(state.asked).toHaveLength(3);
  });

  it('design: unreachable is an error, never stale use', async () => {
    const { state, client, now } = tokenService({ status: 200, body: key });
    const keys = remoteApiKeys(client, now);
    await keys('csk_a');
    state.answer = 'away';
    state.at += 600;
    await expect(keys('csk_a')).rejects.toThrow(ServiceUnavailable);
  });

  it('an answer that is neither yes nor no is no yes', async () => {
    for (const answer of [
      { status: 200, body: {} },
      { status: 401, body: undefined },
      { status: 429, body: undefined },
    ])
      await expect(remoteApiKeys(tokenService(answer).client)('csk_a')).rejects.toThrow(ServiceUnavailable);
  });

  it('the half second begins before the question, however long the answer takes', async () => {
    const { state, client, now } = tokenService({ status: 200, body: key });
    const slow = {
      call: async (...args: Parameters<typeof client.call>) => ((state.at += 450), client.call(...args)),
    };
    const keys = remoteApiKeys(slow, now);
    await keys('csk_a');
    state.at += 60;
    await keys('csk_a');
    expect(state.asked).toHaveLength(2);
  });
});

describe('what is remembered of applications', () => {
  it('found and not found for a second', async () => {
    const { state, client, now } = tokenService({ status: 200, body: demo });
    const directory = remoteDirectory(client, now);
    await directory.byId('demo');
    state.answer = { status: 404, body: undefined };
    expect(await directory.byId('nobody')).toBeUndefined();
    expect(await directory.byId('nobody')).toBeUndefined();
    expect((await directory.byId('demo'))?.name).toBe('Demo');
    expect(state.asked.map((call) => call.path)).toEqual([
      '/internal/applications/demo',
      '/internal/applications/nobody',
    ]);
    state.at += 1100;
    expect(await directory.byId('demo')).toBeUndefined();
    state.answer = 'away';
    state.at += 1100;
    await expect(directory.byId('demo')).rejects.toThrow(ServiceUnavailable);
  });

  it('blueprint: a known one for five minutes while token-service is away, an unknown one not at all', async () => {
    const { state, client, now } = tokenService({ status: 200, body: demo });
    const directory = remoteDirectory(client, now);
    await directory.byId('demo');
    state.answer = 'away';
    state.at += 299_000;
    expect((await directory.byId('demo'))?.appId).toBe('demo');
    await expect(directory.byId('other')).rejects.toThrow(ServiceUnavailable);
    state.at += 2_000;
    await expect(directory.byId('demo')).rejects.toThrow(ServiceUnavailable);
  });

  it('names in a question are encoded', async () => {
    const { state, client } = tokenService({ status: 404, body: undefined });
    await remoteDirectory(client).byHost('a&b=c');
    await remoteDirectory(client).byId('../api-keys');
    expect(state.asked.map((call) => call.path)).toEqual([
      '/internal/applications?host=a%26b%3Dc',
      '/internal/applications/..%2Fapi-keys',
    ]);
  });
});

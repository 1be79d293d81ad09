import {
  begun,
  completes,
  FakeServer,
  freshSession,
  goesOn,
  lost,
  refuses,
  SESSION,
} from '../../test/fake-server.ts';
import { memoryStorage } from './flow-store.ts';

const TOKEN = { payload: 'token' };
const away = { status: 503, body: { msgCode: 'internal_error', msg: 'away' } };
/** Answers when it is told to, or never: a fetch that is given up rejects. */
const held = () => {
  let release!: (reply: ReturnType<typeof begun>) => void;
  const reply = new Promise<ReturnType<typeof begun>>((resolve) => (release = resolve));
  const waiting = (_: unknown, signal: AbortSignal | null) =>
    Promise.race([
      reply,
      new Promise<never>((_resolve, reject) =>
        signal?.addEventListener('abort', () => reject(signal.reason)),
      ),
    ]);
  return { waiting, release };
};

describe('lost answers', () => {
  it('a proof is asked for again with the identical request; the server answers as it did', async () => {
    const server = new FakeServer();
    const mfa = await server.begunClient(['external']);
    server.then(lost, away, completes());
    expect((await mfa.performAction('external', TOKEN)).isComplete).toBe(true);
    const [, first, ...repeats] = server.got;
    expect(repeats).toEqual([first, first]);
  });

  it('it gives up after two, says so, and the flow stays: the user may press again', async () => {
    const server = new FakeServer();
    const mfa = await server.begunClient(['external']);
    server.then(lost, lost, lost);
    await expect(mfa.performAction('external', TOKEN)).rejects.toMatchObject({
      status: 0,
      msgCode: 'network_error',
    });
    expect(mfa.getSessionDetails()).toMatchObject({ session: SESSION, nextAction: 'external' });
    server.then(completes());
    expect((await mfa.performAction('external', TOKEN)).isComplete).toBe(true);
  });

  it('a refusal is an answer: it is not asked for again, because it was counted', async () => {
    const server = new FakeServer();
    const mfa = await server.begunClient(['external']);
    server.then(refuses(401, 'unauthorized'));
    await expect(mfa.performAction('external', TOKEN)).rejects.toMatchObject({ status: 401 });
    expect(server.got).toHaveLength(2);
  });

  it('begin is not repeated: a ticket is for once', async () => {
    const server = new FakeServer().then(lost);
    await expect(server.client().beginFlow('', { beginTicket: 't' })).rejects.toMatchObject({ status: 0 });
    expect(server.got).toHaveLength(1);
  });

  it('an answer that takes too long is a lost one', async () => {
    const server = new FakeServer().then(begun(['external']), held().waiting);
    const mfa = server.client({ timeoutMs: 20, retryDelaysMs: [] });
    await mfa.beginFlow('dana');
    await expect(mfa.performAction('external', TOKEN)).rejects.toMatchObject({ msgCode: 'network_error' });
  });

  it('RFC 9110 §10.2.3: Retry-After and the correlation id are told', async () => {
    const headers = { 'retry-after': '30', 'x-correlation-id': 'c-1' };
    const server = new FakeServer().then({ ...refuses(429, 'too_many_requests'), headers });
    await expect(server.client().beginFlow('dana')).rejects.toMatchObject({
      retryAfterSeconds: 30,
      correlationId: 'c-1',
    });
  });
});

describe('several calls at once', () => {
  it('go one after another: the second carries the session that the first got', async () => {
    const server = new FakeServer();
    const mfa = await server.begunClient(['otp:email']);
    const [one, two] = [freshSession(), freshSession()];
    server.then(goesOn(one, ['external']), goesOn(two, ['external']));
    await Promise.all([mfa.performAction('external', TOKEN), mfa.performAction('external', TOKEN)]);
    expect(server.got.slice(1).map(({ authorization }) => authorization)).toEqual([SESSION, one]);
    expect(mfa.getSessionDetails().session).toBe(two);
  });

  it('a late answer of an earlier flow changes nothing in the one begun since', async () => {
    const server = new FakeServer();
    const mfa = await server.begunClient(['external']);
    const { waiting, release } = held();
    const session = freshSession();
    server.then(waiting, begun(['otp:email'], { session }));
    const late = mfa.performAction('external', TOKEN);
    while (server.got.length < 2) await Promise.resolve();
    await mfa.beginFlow('max');
    release(completes());
    await expect(late).rejects.toMatchObject({ msgCode: 'no_session' });
    expect(mfa.getSessionDetails()).toMatchObject({ username: 'max', session, isComplete: false });
  });

  it('an aborted call rejects with the reason, is not repeated, and leaves the flow', async () => {
    const server = new FakeServer();
    const mfa = await server.begunClient(['external']);
    server.then(held().waiting);
    const giveUp = new AbortController();
    const aborted = mfa.performAction('external', { ...TOKEN, signal: giveUp.signal });
    while (server.got.length < 2) await Promise.resolve();
    giveUp.abort(new Error('the user left'));
    await expect(aborted).rejects.toThrow('the user left');
    expect([server.got.length, mfa.getSessionDetails().session]).toEqual([2, SESSION]);
  });
});

describe('what is kept', () => {
  it('a reload goes on with the flow; another application’s client does not see it', async () => {
    const storage = memoryStorage();
    const server = new FakeServer().then(begun(['external'], { flowId: 'f-1' }));
    await server.client({ storage }).beginFlow('dana');
    expect(server.client({ storage }).getSessionDetails()).toMatchObject({ username: 'dana', flowId: 'f-1' });
    const other = server.client({ storage, baseUrl: 'https://mfa.example/apps/other' });
    expect(other.getSessionDetails().session).toBeUndefined();
  });

  it('storage that is broken, full or blocked breaks nothing', async () => {
    const throws = () => {
      throw new Error('blocked');
    };
    for (const storage of [
      { getItem: () => '{"username":', setItem: throws, removeItem: throws },
      { getItem: throws, setItem: throws, removeItem: throws },
      { getItem: () => '[]', setItem: throws, removeItem: throws },
    ]) {
      const mfa = new FakeServer().then(begun(['external'])).client({ storage });
      expect((await mfa.beginFlow('dana')).nextAction).toBe('external');
      await mfa.logout();
      expect(mfa.nextAction).toBeUndefined();
    }
  });

  it('subscribers hear of every change, until they leave', async () => {
    const server = new FakeServer();
    const mfa = await server.begunClient(['external']);
    const seen: boolean[] = [];
    const leave = mfa.subscribe(() => void seen.push(mfa.getSessionDetails().isComplete));
    server.then(completes(), { status: 204 });
    await mfa.performAction('external', TOKEN);
    leave();
    await mfa.logout();
    expect(seen).toEqual([true]);
  });
});

import { CrashPoints, systemClock } from '@countersign/kernel';
import { waitFor } from '@countersign/testing';
import { Registry } from 'prom-client';
import { POISON, record } from '../test/events.ts';
import { databaseForTests, quiet, startService } from '../test/service.ts';
import type { FollowedEvent, FollowOptions } from './follower.ts';
import { InProcessTransport } from './in-process-transport.ts';
import type { Logger } from './logger.ts';
import { Messaging } from './messaging.ts';

type Saved = FollowedEvent<'sso.user-data.saved.v1'>;

const saved = (over: object = {}, data: object = {}) => ({
  ...{ specversion: '1.0', id: crypto.randomUUID(), source: '/sso-data', appid: 'Demo', subject: 'u' },
  type: 'sso.user-data.saved.v1',
  ...over,
  data: { userId: 'u', vendor: 'v', names: ['n'], by: 'launch', ...data },
});
const on = (topic: string, document: object | Buffer | string | null) => ({
  ...record(document ?? ''),
  ...(document === null && { value: null as unknown as Buffer }),
  topic,
});

describe('Messaging.follow', () => {
  let db: Awaited<ReturnType<typeof databaseForTests>>;
  let transport: InProcessTransport;
  const services: Messaging[] = [];

  beforeAll(async () => {
    db = await databaseForTests('follower');
  });
  beforeEach(() => {
    transport = new InProcessTransport();
  });
  afterEach(async () => {
    for (const service of services.splice(0)) await service.stop();
  });
  afterAll(() => db.end());

  /** A service that follows from its start on, as a provider of the application does. */
  const following = (over: Partial<FollowOptions<'sso.user-data.saved.v1'>> = {}, logger = quiet) => {
    const seen: Saved[] = [];
    const state = { gaps: 0 };
    const service = new Messaging({
      ...{ service: 's', source: '/s', database: db.database, transport, clock: systemClock, logger },
      ...{ crashPoints: new CrashPoints(), metrics: new Registry() },
    });
    const follower = service.follow({
      types: ['sso.user-data.saved.v1'],
      onEvent: (event) => void seen.push(event),
      onGap: () => void state.gaps++,
      ...over,
    });
    const start = async () => {
      await service.start();
      services.push(service);
    };
    return { service, follower, seen, state, start };
  };
  const publish = (...documents: object[]) =>
    transport.publish(documents.map((document) => on('sso.user-data', document)));

  it('issue 5: is told events of its types, whole, with the application in lower case', async () => {
    const { seen, start, state, follower } = following();
    expect(follower.current()).toBe(false);
    await start();
    expect(follower.current()).toBe(true);
    expect(state.gaps).toBe(1);
    await publish(saved({ id: 'one' }, { stranger: 1 }), {
      ...saved(),
      type: 'sso.user-data.erased.v1',
      data: { userId: 'u' },
    });
    await waitFor(() => seen.length > 0);
    expect(seen).toEqual([
      expect.objectContaining({
        ...{ id: 'one', source: '/sso-data', type: 'sso.user-data.saved.v1', appid: 'demo' },
        data: { userId: 'u', vendor: 'v', names: ['n'], by: 'launch' },
      }),
    ]);
  });

  it('issue 5: what is malformed, of another topic or of a later version is skipped, with one line for all of it', async () => {
    const lines: object[] = [];
    const logger: Logger = { ...quiet, warn: (fields) => void lines.push(fields) };
    const { seen, start, state } = following({}, logger);
    await start();
    const poison = [
      ...POISON.map(([, value]) => value),
      saved({ appid: undefined }),
      saved({ type: 'sso.user-data.saved.v2' }),
      saved({ type: 'mfa.user.deleted.v1' }),
      saved({}, { names: 'n' }),
    ];
    await transport.publish(poison.map((value) => on('sso.user-data', value)));
    await publish(saved({ id: 'after' }));
    await waitFor(() => seen.length > 0);
    expect(seen.map(({ id }) => id)).toEqual(['after']);
    expect(state.gaps).toBe(1);
    expect(lines).toHaveLength(1);
    expect(Object.keys(lines[0]!).sort()).toEqual(['offset', 'partition', 'reason', 'skipped', 'topic']);
  });

  it('issue 5: a handler that throws is a gap; the next event comes', async () => {
    const seen: string[] = [];
    const { start, state } = following({
      onEvent: async ({ id }) => {
        if (id === 'bad') throw new Error('cannot');
        seen.push(id);
      },
    });
    await start();
    await publish(saved({ id: 'bad' }), saved({ id: 'good' }));
    await waitFor(() => seen.length > 0);
    expect(seen).toEqual(['good']);
    expect(state.gaps).toBe(2);
  });

  it('issue 5: a gap that cannot be noted stops nothing', async () => {
    const { seen, start } = following({
      onGap: () => {
        throw new Error('cannot');
      },
    });
    await start();
    await publish(saved());
    await waitFor(() => seen.length > 0);
  });

  it('issue 5: ended with the service, it hears nothing more and holds up nobody', async () => {
    const { service, follower, seen, start } = following();
    await start();
    await service.stop();
    expect(follower.current()).toBe(false);
    await publish(saved());
    expect(seen).toEqual([]);
  });

  it('who follows says so before the start', async () => {
    const service = await startService(db.database, { transport });
    services.push(service);
    const late = { types: ['sso.user-data.saved.v1'] as const, onEvent: () => {}, onGap: () => {} };
    expect(() => service.follow(late)).toThrow('before the start');
  });
});

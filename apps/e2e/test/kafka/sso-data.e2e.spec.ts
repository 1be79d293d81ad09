import { describeKafka, type SpawnedService, waitFor } from '@countersign/testing';
import { type BareHandler, openBareHandler } from '../../src/bare-handler.ts';
import { expectStatus } from '../../src/bank.ts';
import { type Answer, basic, hangUp, send } from '../../src/http.ts';
import { Bank } from '../../src/kafka-bank.ts';
import { type KafkaSystem, startKafkaSystem } from '../../src/kafka-system.ts';

const IDENTIFIER = 'Session.UserSSOIdentifier';

describeKafka('two processes of sso-data on a real broker', ({ brokers, prefix }) => {
  let system: KafkaSystem;
  let bank: Bank;
  let handler: BareHandler;
  let one: SpawnedService;
  let two: SpawnedService;

  beforeAll(async () => {
    const env = { 'sso-data': { LOG_LEVEL: 'error' }, 'mfa-orchestrator': { LOG_LEVEL: 'error' } };
    [system, handler] = await Promise.all([
      startKafkaSystem({ label: 'sso data', brokers, prefix, env }),
      openBareHandler(IDENTIFIER),
    ]);
    one = system.processes['sso-data'];
    two = await system.another('sso-data');
    bank = await Bank.open(system);
    const vendor = { name: 'Example', handlerUrl: handler.url };
    expectStatus(await ask(one, 'PUT', '/v1/vendors/example', vendor), 200);
    await define(one, IDENTIFIER);
    await applied(await invalidate(one, 'ThirdPartyDataElements'));
  }, 120_000);
  afterAll(async () => {
    hangUp();
    await handler?.close();
    await system?.close();
  }, 60_000);

  /** Of one process, past the gateway. */
  const ask = (at: SpawnedService, method: string, path: string, body?: unknown): Promise<Answer> =>
    send(method, at.url, `/apps/${bank.appId}${path}`, { authorization: basic(bank.key), body });
  const define = async (at: SpawnedService, name: string) =>
    expectStatus(
      await ask(at, 'PUT', `/v1/third-party-data-elements/${name}`, { description: 'of the test' }),
      200,
    );
  const put = async (at: SpawnedService, username: string, key: string, value: string) =>
    expectStatus(await ask(at, 'PUT', `/v1/third-party-data/${username}/example/${key}`, { value }), 204);
  /** A user's values by name. */
  const read = async (at: SpawnedService, username: string): Promise<Record<string, string>> => {
    const { items } = expectStatus(await ask(at, 'GET', `/v1/third-party-data/${username}/example`), 200);
    return Object.fromEntries(items.map(({ key, value }: { key: string; value: string }) => [key, value]));
  };
  const launch = (at: SpawnedService, username: string) =>
    ask(at, 'POST', '/v1/sso/example/launch', { username });
  /** Names of values that the vendor's handler is shown when the user is launched there. */
  const shown = async (at: SpawnedService, username: string): Promise<string[]> => {
    const { response } = expectStatus(await launch(at, username), 200);
    return (new URL(response).searchParams.get('shown') ?? '').split(',');
  };
  const invalidate = async (at: SpawnedService, table: string): Promise<string> =>
    expectStatus(await ask(at, 'POST', '/v1/cache/invalidate', { table }), 202).invalidationId;
  const invalidation = async (at: SpawnedService, id: string) =>
    expectStatus(await ask(at, 'GET', `/v1/cache/invalidations/${id}`), 200);
  /** Waits until every process has applied it; answers how many that were. */
  const applied = async (id: string, timeoutMs = 10_000): Promise<number> => {
    const done = async () => {
      const view = await invalidation(one, id);
      return view.applied && view;
    };
    const { instances } = await waitFor(done, { timeoutMs, what: 'the invalidation to be applied' });
    expect(instances.every(({ appliedAt }: { appliedAt?: string }) => appliedAt !== undefined)).toBe(true);
    return instances.length;
  };

  it('issue 5: what is written on one is read on the other, also where that had read before', async () => {
    await put(one, 'dana', IDENTIFIER, 'first');
    expect(await read(one, 'dana')).toEqual({ [IDENTIFIER]: 'first' });
    const readsSoon = (at: SpawnedService, value: string | undefined) =>
      waitFor(async () => (await read(at, 'dana'))[IDENTIFIER] === value, { what: `to read ${value}` });
    await readsSoon(two, 'first');
    await put(one, 'dana', IDENTIFIER, 'second');
    expect(await read(one, 'dana')).toEqual({ [IDENTIFIER]: 'second' });
    await readsSoon(two, 'second');
    await put(two, 'dana', IDENTIFIER, 'third');
    await readsSoon(one, 'third');
    expectStatus(await ask(two, 'DELETE', '/v1/third-party-data/dana/example'), 204);
    await readsSoon(one, undefined);
  }, 30_000);

  it('S7: an element defined on one is delivered by the other only after the invalidation of its table', async () => {
    for (const at of [one, two]) await shown(at, 'erin'); // definitions are in both caches from here on
    await define(one, 'Session.Late');
    await put(one, 'erin', 'Session.Late', 'late');
    expect(await shown(one, 'erin')).toContain('Session.Late');
    for (let n = 0; n < 5; n++) expect(await shown(two, 'erin')).not.toContain('Session.Late');
    await applied(await invalidate(one, 'ThirdPartyData'));
    expect(await shown(two, 'erin')).not.toContain('Session.Late');

    const id = await invalidate(one, 'ThirdPartyDataElements');
    expect(await applied(id)).toBe(2);
    for (let n = 0; n < 20; n++)
      for (const at of [two, one]) expect(await shown(at, 'erin')).toContain('Session.Late');
    expect(await invalidation(two, id)).toEqual(await invalidation(one, id));
  }, 30_000);

  it('issue 5: invalidated while others load: after it is applied no read on either is stale', async () => {
    const ROUNDS = 12;
    /** What everybody must see who begins to read now. */
    let floor = 0;
    let running = true;
    const stale: string[] = [];
    let reads = 0;
    const lane = async (at: SpawnedService, name: string) => {
      while (running) {
        const must = floor;
        const isFresh =
          name === 'value'
            ? Number((await read(at, 'finn'))['Session.Round']) >= must
            : (await shown(at, 'finn')).includes(`Session.Round${must || ''}`);
        if (!isFresh) stale.push(`${name} of round ${must} on ${at === one ? 'one' : 'two'}`);
        reads++;
      }
    };
    await define(one, 'Session.Round');
    await put(one, 'finn', 'Session.Round', '0');
    for (const table of ['ThirdPartyDataElements', 'ThirdPartyData'])
      await applied(await invalidate(one, table));
    const lanes = Promise.all(
      [one, two].flatMap((at) => [lane(at, 'value'), lane(at, 'value'), lane(at, 'element')]),
    );
    try {
      for (let round = 1; round <= ROUNDS; round++) {
        // the other one learns of it by the bus alone
        const writer = round % 2 === 0 ? one : two;
        await define(writer, `Session.Round${round}`);
        await put(writer, 'finn', `Session.Round${round}`, 'x');
        await put(writer, 'finn', 'Session.Round', String(round));
        const ids = [
          await invalidate(writer, 'ThirdPartyDataElements'),
          await invalidate(writer, 'ThirdPartyData'),
        ];
        for (const id of ids) await applied(id);
        floor = round;
        const before = reads;
        await waitFor(() => reads >= before + 30, { what: 'reads of this round' });
      }
    } finally {
      running = false;
      await lanes;
    }
    expect({ stale, many: reads > 300 }).toEqual({ stale: [], many: true });
  }, 60_000);

  it('issue 5: 10,000 launches of one new user over both: one identifier, and every launch an answer', async () => {
    handler.shown.clear();
    const asked = handler.asked();
    const statuses: Record<number, number> = {};
    let saved = 0;
    for (let batch = 0; batch < 100; batch++) {
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, n) => launch(n % 2 === 0 ? one : two, 'gwen')),
      );
      for (const { status, body } of answers) {
        statuses[status] = (statuses[status] ?? 0) + 1;
        saved += body.saved?.length ?? 0;
      }
    }
    expect({ statuses, saved }).toEqual({ statuses: { 200: 10_000 }, saved: 1 });
    expect(handler.asked() - asked).toBeGreaterThanOrEqual(10_000);
    const [identifier, ...others] = handler.shown;
    expect(others).toEqual([]);
    for (const at of [one, two])
      await waitFor(async () => (await read(at, 'gwen'))[IDENTIFIER] === identifier);
  }, 300_000);

  it('issue 5: killed outright, one is not waited for for ever, and the other goes on', async () => {
    await two.kill9();
    const id = await invalidate(one, 'ThirdPartyDataElements');
    expect((await invalidation(one, id)).instances).toHaveLength(2);
    await put(one, 'hugo', IDENTIFIER, 'kept');
    expect(await read(one, 'hugo')).toEqual({ [IDENTIFIER]: 'kept' });
    expect(await shown(one, 'hugo')).toEqual([IDENTIFIER]);
    expect(await applied(id, 25_000)).toBe(1);
    await two.restart();
    expect(await shown(two, 'hugo')).toEqual([IDENTIFIER]);
    expect(await applied(await invalidate(two, 'ThirdPartyDataElements'))).toBe(2);
  }, 60_000);
});

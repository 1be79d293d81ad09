import type { FlowView } from '@countersign/contracts';
import { eventFlow, grant, ownToken, redeem, set } from '../../test/external-tokens.ts';
import { startTokenService, type TestBed } from '../../test/token-service.ts';

let bed: TestBed;
let key: string;
let keyId: string;
beforeAll(async () => {
  bed = await startTokenService('nameless');
  await bed.application('bank');
  await bed.application('shop');
  ({ key, keyId } = await bed.apiKey('bank', ['external:verify'], { category: 'possession' }));
});
afterAll(() => bed?.close());

/** A flow that was begun without a user's name. */
const nameless = (more: Partial<FlowView> = {}): FlowView =>
  bed.orchestrator.openFlow('', { userId: '', usernameKey: '', ...more });
const idOf = (username: string) => bed.orchestrator.userId('bank', username);

describe('a flow begun without a user’s name', () => {
  it('takes a grant that names it, for whomever the host verified, and learns who that is', async () => {
    const flow = nameless();
    const { body } = await grant(bed, key, { username: 'Dana', flowId: flow.flowId });
    const redeemed = await redeem(bed, flow, body.token);
    expect(redeemed.body).toEqual({
      ...{ tokenId: expect.any(String), keyId, userId: idOf('dana') },
      ...{ amr: ['ext'], acr: 'aal1', category: 'possession' },
    });
    // the attempt that had it gets it again, another does not (invariant 2)
    expect((await redeem(bed, flow, body.token)).body).toEqual(redeemed.body);
    expect((await redeem(bed, flow, body.token, { attempt: 'another' })).status).toBe(404);
    const [told] = (await bed.events('token.external-token.redeemed.v1')).filter(
      (event) => event.data.flowId === flow.flowId,
    );
    expect(told.data).toMatchObject({ userId: idOf('dana'), keyId });
  });

  it('takes a token that the extension set for it', async () => {
    const flow = nameless({ context: 'transaction', subjectDigest: 'digest-1' });
    const token = ownToken();
    expect((await set(bed, key, { flowId: flow.flowId, username: 'erin', token })).status).toBe(204);
    expect((await redeem(bed, flow, token)).body).toMatchObject({ userId: idOf('erin') });
  });

  it('EXT-02: takes no token that names no flow, another flow or a challenge, whoever it is of', async () => {
    const flow = nameless();
    const [named, other] = [bed.orchestrator.openFlow('dana'), nameless()];
    const tokens = [
      (await grant(bed, key, { username: 'dana' })).body.token,
      (await grant(bed, key, { username: 'dana', flowId: named.flowId })).body.token,
      (await grant(bed, key, { username: 'dana', flowId: other.flowId })).body.token,
    ];
    for (const token of tokens) expect((await redeem(bed, flow, token)).status).toBe(404);
    const reasons = (await bed.events('token.external-token.refused.v1'))
      .filter((event) => event.data.flowId === flow.flowId)
      .map((event) => event.data.reason);
    expect(reasons).toEqual(['other-flow', 'other-flow', 'other-flow']);
  });

  it('EXT-02: once it has a user, only theirs fits; a named flow never takes nobody’s', async () => {
    const flow = nameless();
    const { token } = (await grant(bed, key, { username: 'dana', flowId: flow.flowId })).body;
    expect((await redeem(bed, flow, token, { userId: idOf('eve') })).status).toBe(404);
    const event = bed.orchestrator.openFlow('dana', eventFlow);
    expect((await grant(bed, key, { username: 'eve', flowId: event.flowId })).status).toBe(403);
  });

  it('API-01: another application’s is not there, and makes no user', async () => {
    const foreign = nameless({ appId: 'shop' });
    const before = bed.orchestrator.asked.length;
    expect((await grant(bed, key, { username: 'nova', flowId: foreign.flowId })).status).toBe(404);
    const ended = nameless({ status: 'expired' });
    expect((await grant(bed, key, { username: 'nova', flowId: ended.flowId })).status).toBe(400);
    expect(bed.orchestrator.asked.slice(before)).not.toContain('POST /internal/users/resolve');
  });
});

import { givenProofs } from './given-proofs.decide.ts';

const NOW = new Date('2026-01-01T12:00:00Z');
const at = (seconds: number) => NOW.getTime() / 1000 + seconds;
const passkey = {
  flowId: 'f1',
  reference: 'passkey:k',
  acr: 'aal2' as const,
  amr: ['hwk', 'user'],
  categories: ['possession' as const, 'inherence' as const],
  shownAt: new Date('2026-01-01T11:00:00Z'),
};

describe('what a login had shown before', () => {
  it('a password and an image passcode are knowledge at aal1, as old as they are (RFC 8176)', () => {
    const proofs = givenProofs(
      [
        { factor: 'password', at: at(-60) },
        { factor: 'image-passcode', at: at(0) },
      ],
      [],
      NOW,
    );
    expect(proofs.map(({ amr, acr, categories }) => ({ amr, acr, categories }))).toEqual([
      { amr: ['pwd'], acr: 'aal1', categories: ['knowledge'] },
      { amr: ['kba'], acr: 'aal1', categories: ['knowledge'] },
    ]);
    expect(proofs[0]!.authenticatedAt).toEqual(new Date('2026-01-01T11:59:00Z'));
  });

  it('nothing is believed to have been shown in the future, beyond what clocks differ', () => {
    expect(givenProofs([{ factor: 'password', at: at(10) }], [], NOW)).toHaveLength(1);
    expect(givenProofs([{ factor: 'password', at: at(11) }], [], NOW)).toEqual([]);
  });

  it('a passkey is what its flow kept of it, and nothing where there is no such flow', () => {
    expect(givenProofs([{ factor: 'passkey', flowId: 'f1' }], [passkey], NOW)).toEqual([
      {
        ...{ factor: 'passkey', reference: 'passkey:k', acr: 'aal2', amr: ['hwk', 'user'] },
        ...{
          categories: ['possession', 'inherence'],
          shownAt: passkey.shownAt,
          authenticatedAt: passkey.shownAt,
        },
      },
    ]);
    expect(givenProofs([{ factor: 'passkey', flowId: 'f2' }], [passkey], NOW)).toEqual([]);
  });
});

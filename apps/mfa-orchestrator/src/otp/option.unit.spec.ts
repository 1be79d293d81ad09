import { chooseContact } from './option.decide.ts';

const offered = [
  { id: 'id-1', channel: 'email' as const, address: 'dana@example.com', addressHash: 'h1' },
  { id: 'id-2', channel: 'email' as const, address: 'work@example.org', addressHash: 'h2' },
];
const choose = (option: string | undefined, hash?: string) =>
  chooseContact(offered, { option, channel: 'email', hash, generic: 'opaque' })?.id;

describe('which address a code goes to', () => {
  it.each([
    ['nothing', undefined, 'id-1'],
    ['the empty option', '', 'id-1'],
    ['the label, as LoginID’s SDK sends it', 'w•••@example.org', 'id-2'],
    ['the option’s value', 'id-2', 'id-2'],
    ['the value in capitals', 'ID-2', 'id-2'],
    ['the generic label', 'your e-mail address', 'id-1'],
    ['the generic value', 'opaque', 'id-1'],
    ['a label nobody offered', 'x•••@example.org', undefined],
    ['an address that is not theirs', 'mallory@example.org', undefined],
  ])('contracts §1.7: %s', (_, option, id) => {
    expect(choose(option, 'h9')).toBe(id);
  });

  it('contracts §1.7: the raw address', () => {
    expect(choose('Work@Example.org', 'h2')).toBe('id-2');
  });

  it('two addresses with one label: the primary one', () => {
    const twins = [offered[0]!, { ...offered[1]!, address: 'dora@example.com' }];
    const asked = { option: 'd•••@example.com', channel: 'email' as const, hash: undefined, generic: '' };
    expect(chooseContact(twins, asked)?.id).toBe('id-1');
  });
});

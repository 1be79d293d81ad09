import { maskAddress } from '../contacts/address.decide.ts';
import { type Contact, FACTOR_OF } from '../contacts/contact.types.ts';
import type { FactorView } from './factor.schemas.ts';

/** A factor that is no address, as a repository has it. */
interface Row {
  kind: 'passkey' | 'totp' | 'recovery';
  id: string;
  name: string;
  createdAt: Date;
  lastUsedAt: Date | null;
  suspect: boolean;
}

const labelOf = ({ kind, name }: Row): string => {
  switch (kind) {
    case 'passkey':
      return name;
    case 'totp':
      return 'Authenticator app';
    case 'recovery':
      return name === '1' ? '1 recovery code left' : `${name} recovery codes left`;
  }
};

/** A passkey, authenticator app or set of recovery codes as a list shows it. */
export const rowView = (row: Row): FactorView => ({
  kind: row.kind,
  id: row.id,
  label: labelOf(row),
  createdAt: row.createdAt.toISOString(),
  ...(row.lastUsedAt && { lastUsedAt: row.lastUsedAt.toISOString() }),
  ...(row.suspect && { suspect: true }),
});

/** An address as a list shows it: masked, for lists are read over shoulders and by support. */
export const contactView = ({ id, channel, address, createdAt, verifiedAt }: Contact): FactorView => ({
  kind: FACTOR_OF[channel],
  id,
  label: maskAddress(channel, address),
  createdAt: createdAt.toISOString(),
  verified: verifiedAt !== null,
});

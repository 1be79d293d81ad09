import { Injectable } from '@nestjs/common';
import type { ElementDefinition } from '../elements/element-definitions.ts';
import { SealedValues } from '../sealed-values/sealed-values.ts';
import { identifierOwner } from '../sso-identifiers/sso-identifier.service.ts';
import { valueOwner } from '../third-party-data/third-party-data.repository.ts';
import type { ResolvedOwner } from '../users/user.repository.ts';
import { wrappedKeyOf } from '../users/user-keys.ts';
import type { LaunchRow } from './launch.repository.ts';

/** What a handler is shown of a user: values to read, versions to save over. */
export interface Shown {
  values: Map<string, string>;
  versions: Map<string, string>;
  ssoIdentifier: string | null;
}

/** Opens what a handler is shown. */
@Injectable()
export class ShownValues {
  constructor(private readonly sealed: SealedValues) {}

  /** Nothing, where the row is of somebody else who had the name; of values those whose element is delivered (S4). */
  of(
    row: LaunchRow,
    owner: ResolvedOwner,
    vendor: string,
    defined: ReadonlyMap<string, ElementDefinition>,
  ): Shown {
    if (row.userId !== owner.userId) return { values: new Map(), versions: new Map(), ssoIdentifier: null };
    const key = wrappedKeyOf(row);
    const delivered = row.values.filter(({ element }) => defined.get(element)?.delivered);
    const open = ({ element, sealedValue }: (typeof delivered)[number]) =>
      this.sealed.open({ sealedValue, keyId: 'user' }, valueOwner(owner, vendor, element), key);
    return {
      values: new Map(delivered.map((value) => [value.element, open(value)])),
      versions: new Map(delivered.map(({ element, version }) => [element, version])),
      ssoIdentifier:
        row.identifier && this.sealed.open(row.identifier, identifierOwner(owner.appId, owner.userId), key),
    };
  }
}

import { accept, type Decision } from '@countersign/kernel';
import { Vault } from '@countersign/security';
import { decodeCursor, cutPage, type PageQuery } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { SealedValues } from '../sealed-values/sealed-values.ts';
import { openItem } from './third-party-data.opening.ts';
import { type DataOwner, ThirdPartyDataRepository } from './third-party-data.repository.ts';
import { dataPosition, type MyThirdPartyDataList } from './third-party-data.schemas.ts';

/** What vendors are told about a user, for that user: read from the database, since it is asked for seldom. */
@Injectable()
export class MyThirdPartyDataService {
  constructor(
    private readonly repository: ThirdPartyDataRepository,
    private readonly sealed: SealedValues,
    private readonly vault: Vault,
  ) {}

  /** A page of it, by vendor and key. */
  async list(owner: DataOwner, { limit, cursor }: PageQuery): Promise<Decision<MyThirdPartyDataList>> {
    const list = `my-third-party-data:${owner.appId}:${owner.userId}`;
    const after = decodeCursor(this.vault, list, cursor, dataPosition);
    if (!after.ok) return after;
    const found = await this.repository.pageOf(owner, after.value, limit + 1);
    if (!found) return accept({ items: [] });
    const page = cutPage(this.vault, list, {
      found: found.values,
      limit,
      positionOf: ({ vendor, element }) => [vendor, element],
    });
    const items = page.items.map((row) => ({
      ...openItem(this.sealed, owner, row, found.wrapped),
      description: row.description,
    }));
    return accept({ ...page, items });
  }
}

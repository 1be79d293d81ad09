import { accept } from '@countersign/kernel';
import { SealedValues } from '../src/sealed-values/sealed-values.ts';
import { ThirdPartyDataRepository } from '../src/third-party-data/third-party-data.repository.ts';
import { UserWriteService } from '../src/users/user-write.service.ts';
import type { SsoData } from './sso-data.ts';

/** Saves a third-party value as the service does, for specs about what is beneath it. Vendor and element are made. */
export async function saveThirdParty(
  { service: { app, database } }: SsoData,
  where: { appId: string; username: string; vendor: string; element: string },
  value: string,
): Promise<void> {
  const { appId, username, vendor, element } = where;
  await database.query(
    `INSERT INTO vendors (app_id, vendor, name, handler_url) VALUES ($1, $2, $2, 'https://vendor.example/sso')
     ON CONFLICT DO NOTHING`,
    [appId, vendor],
  );
  await database.query(
    `INSERT INTO third_party_data_elements (app_id, name, description) VALUES ($1, $2, '') ON CONFLICT DO NOTHING`,
    [appId, element],
  );
  await app.get(UserWriteService).write(appId, username, async (tx, owner) => {
    const of = { appId, userId: owner.userId, kind: `third-party-data:${vendor}:${element}` };
    const { sealedValue } = app.get(SealedValues).seal(value, of, owner.key);
    await app.get(ThirdPartyDataRepository).put(tx, owner, vendor, [{ element, sealedValue }]);
    return accept(undefined);
  });
}

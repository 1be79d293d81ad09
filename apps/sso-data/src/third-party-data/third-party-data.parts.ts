import { MyThirdPartyDataController } from './my-third-party-data.controller.ts';
import { MyThirdPartyDataService } from './my-third-party-data.service.ts';
import { ThirdPartyDataController } from './third-party-data.controller.ts';
import { ThirdPartyDataDeletes } from './third-party-data-deletes.service.ts';
import { ThirdPartyDataRepository } from './third-party-data.repository.ts';
import { ThirdPartyDataService } from './third-party-data.service.ts';
import { CachedValues } from './third-party-data.values.ts';
import { ThirdPartyTargets } from './third-party-targets.repository.ts';

/** What this feature adds to the service. */
export const thirdPartyDataParts = {
  // /v1/third-party-data/{username}/{vendor}/{key} for management, /v1/me/third-party-data for users
  controllers: [ThirdPartyDataController, MyThirdPartyDataController],
  providers: [
    ...[ThirdPartyDataService, ThirdPartyDataDeletes, MyThirdPartyDataService],
    ...[CachedValues, ThirdPartyDataRepository, ThirdPartyTargets],
  ],
};

import { accept, type Decision } from '@countersign/kernel';
import type { Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { DefinitionWrites } from '../elements/definition-writes.ts';
import { ElementRepository } from '../elements/element.repository.ts';
import { ELEMENTS_MAX } from '../elements/element.schemas.ts';
import { elementLimit } from '../elements/element.service.ts';
import { planDifference, type PlanDifference } from './install-plan.decide.ts';
import { InstallRepository } from './install.repository.ts';
import type { InstallRequest, InstallView } from './install.schemas.ts';
import { VendorRepository } from './vendor.repository.ts';
import { vendorNotFound } from './vendor.service.ts';

/** Applies what vendors' plans say. */
@Injectable()
export class InstallService {
  constructor(
    private readonly vendors: VendorRepository,
    private readonly elements: ElementRepository,
    private readonly plans: InstallRepository,
    private readonly writes: DefinitionWrites,
  ) {}

  /** Makes things as the plan says, in one transaction; the same plan again changes nothing. */
  install(
    appId: string,
    vendor: string,
    request: InstallRequest,
    dryRun: boolean,
  ): Promise<Decision<InstallView>> {
    const { thirdPartyDataElements: wanted, uiTextPrefix } = request;
    return this.writes.change(appId, async (tx) => {
      const found = await this.vendors.find(appId, vendor, tx);
      if (!found) return vendorNotFound();
      const names = [...new Set(wanted.map(({ name }) => name))];
      if ((await this.elements.countOthers(tx, appId, names)) + names.length > ELEMENTS_MAX)
        return elementLimit();
      const defined = await this.elements.named(tx, appId, names);
      const difference = planDifference(
        { elements: wanted, uiTextPrefix },
        {
          installed: found.installedAt !== undefined,
          uiTextPrefix: found.uiTextPrefix,
          named: new Set(await this.plans.named(tx, appId, vendor)),
          defined: new Map(defined.map(({ name, description }) => [name, description])),
        },
      );
      if (!dryRun && difference.changed) await this.apply(tx, appId, vendor, difference);
      const { changed, elements, uiTextPrefix: prefix } = difference;
      return accept({ dryRun, changed, elements, uiTextPrefix: prefix });
    });
  }

  private async apply(tx: Tx, appId: string, vendor: string, difference: PlanDifference): Promise<void> {
    const { elements, define, name, uiTextPrefix } = difference;
    await this.elements.put(tx, appId, define);
    await this.plans.release(tx, appId, vendor, elements.released);
    await this.plans.name(tx, appId, vendor, name);
    await this.plans.note(tx, appId, vendor, { installed: true, uiTextPrefix: uiTextPrefix.to });
  }
}

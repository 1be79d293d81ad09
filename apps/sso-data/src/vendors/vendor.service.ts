import { isPlainHttpUrl } from '@countersign/contracts';
import { accept, type Decision, refuse } from '@countersign/kernel';
import { type FetchRefusal, SafeFetch, Vault } from '@countersign/security';
import { decodeCursor, cutPage, type PageQuery } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { DefinitionWrites } from '../elements/definition-writes.ts';
import { type Vendor, VendorRepository } from './vendor.repository.ts';
import {
  vendorId,
  type VendorList,
  type VendorRequest,
  VENDORS_MAX,
  type VendorView,
} from './vendor.schemas.ts';

/** Another application's vendors are as unknown as those that nobody has. */
export const vendorNotFound = () => refuse('sso/vendor-not-found');

/** Partners that users are led to, and where they are asked. */
@Injectable()
export class VendorService {
  constructor(
    private readonly vendors: VendorRepository,
    private readonly writes: DefinitionWrites,
    private readonly fetch: SafeFetch,
    private readonly vault: Vault,
  ) {}

  async get(appId: string, vendor: string): Promise<Decision<VendorView>> {
    const found = await this.vendors.find(appId, vendor);
    return found ? accept(viewOf(found)) : vendorNotFound();
  }

  /** A page of the application's vendors, by id. */
  async list(appId: string, { limit, cursor }: PageQuery): Promise<Decision<VendorList>> {
    const list = `vendors:${appId}`;
    const after = decodeCursor(this.vault, list, cursor, vendorId);
    if (!after.ok) return after;
    const found = (await this.vendors.list(appId, after.value, limit + 1)).map(viewOf);
    return accept(cutPage(this.vault, list, { found, limit, positionOf: ({ vendor }) => vendor }));
  }

  /** Creates it or replaces what the request names; an install plan stays. */
  async put(appId: string, vendor: string, request: VendorRequest): Promise<Decision<VendorView>> {
    const refusal = this.refusalOf(request.handlerUrl);
    if (refusal) return refuse('sso/handler-url-refused', { field: 'handlerUrl', detail: REASONS[refusal] });
    return this.writes.change(appId, async (tx) => {
      if ((await this.vendors.countOthers(tx, appId, vendor)) >= VENDORS_MAX)
        return refuse('sso/vendor-limit', { detail: `an application has at most ${VENDORS_MAX}` });
      return accept(viewOf(await this.vendors.put(tx, appId, { ...request, vendor })));
    });
  }

  /** Refused while users have values of it or a plan is installed: uninstalling says what is lost. */
  delete(appId: string, vendor: string): Promise<Decision<undefined>> {
    return this.writes.change(appId, async (tx) => {
      // whoever is writing a value of it is waited for, so that the value is seen
      const found = await this.vendors.holdAlone(tx, appId, vendor);
      if (!found) return vendorNotFound();
      if (found.installedAt || (await this.vendors.hasValues(tx, appId, vendor)))
        return refuse('sso/vendor-in-use');
      await this.vendors.delete(tx, appId, vendor);
      return accept(undefined);
    });
  }

  private refusalOf(handlerUrl: string): FetchRefusal | undefined {
    // what is registered is what is called and what the vendor is told as `aud`
    if (!isPlainHttpUrl(handlerUrl)) return 'scheme';
    return this.fetch.refuses(handlerUrl);
  }
}

// never with the address itself: it may hold the vendor's secrets
const REASONS: Partial<Record<FetchRefusal, string>> = {
  scheme:
    'must be an https URL without credentials and fragment (http for hosts in SSO_HANDLER_PRIVATE_HOSTS)',
  address: 'must not lead into a private network',
};

const viewOf = ({ installedAt, updatedAt, ...vendor }: Vendor): VendorView => ({
  ...vendor,
  ...(installedAt && { installedAt: installedAt.toISOString() }),
  updatedAt: updatedAt.toISOString(),
});

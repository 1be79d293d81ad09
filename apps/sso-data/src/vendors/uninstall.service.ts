import { accept, type Decision, refuse } from '@countersign/kernel';
import type { Tx } from '@countersign/persistence';
import { constantTimeEqual, hmac, Vault } from '@countersign/security';
import { Injectable } from '@nestjs/common';
import { DefinitionWrites } from '../elements/definition-writes.ts';
import { ElementRepository } from '../elements/element.repository.ts';
import { InstallRepository } from './install.repository.ts';
import type { UninstallView } from './install.schemas.ts';
import { type Holdings, isNothing, isStillConfirmed, lossParts } from './uninstall.decide.ts';
import { UninstallRepository } from './uninstall.repository.ts';
import { REMOVED_AT_ONCE, ValueRemoval } from './value-removal.service.ts';
import { type Vendor, VendorRepository } from './vendor.repository.ts';
import { vendorNotFound } from './vendor.service.ts';

/** How far a step came: `open` are confirmed values that are still to be deleted. */
type Step = { done: UninstallView } | { open: Holdings };

/** Takes a vendor's plan and values back, where exactly that was confirmed. */
@Injectable()
export class UninstallService {
  readonly #secret: Uint8Array;

  constructor(
    private readonly vendors: VendorRepository,
    private readonly elements: ElementRepository,
    private readonly plans: InstallRepository,
    private readonly holdings: UninstallRepository,
    private readonly removal: ValueRemoval,
    private readonly writes: DefinitionWrites,
    vault: Vault,
  ) {
    this.#secret = vault.derive('sso-uninstall');
  }

  /** What would be lost, and the string that confirms exactly that. Changes nothing. */
  dryRun(appId: string, vendor: string): Promise<Decision<UninstallView>> {
    return this.writes.change(appId, async (tx) => {
      const found = await this.vendors.find(appId, vendor, tx);
      if (!found) return vendorNotFound();
      const holdings = await this.look(tx, appId, found);
      return accept(this.viewOf(appId, vendor, holdings, true));
    });
  }

  /**
   * Few values go in one transaction with the plan. Many go before it, in batches of their own: where that breaks off, the
   * plan is still there, and what is left can be uninstalled again. What was written after the confirmation is never
   * deleted: it leaves the plan in place and asks for another one.
   */
  async uninstall(
    appId: string,
    vendor: string,
    confirm: string | undefined,
  ): Promise<Decision<UninstallView>> {
    const begun = await this.begin(appId, vendor, confirm);
    if (!begun.ok) return begun;
    if ('done' in begun.value) return accept(begun.value.done);
    const confirmed = begun.value.open;
    await this.removal.all(appId, vendor, confirmed.latest);
    return this.writes.change(appId, (tx) => this.end(tx, appId, vendor, confirmed));
  }

  private begin(appId: string, vendor: string, confirm: string | undefined): Promise<Decision<Step>> {
    return this.removal.noted(appId, () =>
      this.writes.change<Step>(appId, async (tx) => {
        const found = await this.vendors.find(appId, vendor, tx);
        if (!found) return vendorNotFound();
        // asked before anything is held: whoever cannot confirm must not be able to hold up launches
        const seen = await this.look(tx, appId, found);
        if (isNothing(seen)) return accept({ done: this.viewOf(appId, vendor, seen, false) });
        if (!this.confirms(appId, vendor, seen, confirm)) return this.unconfirmed(appId, vendor, seen);
        const now = await this.lookAlone(tx, appId, vendor);
        if (!now) return vendorNotFound();
        if (!this.confirms(appId, vendor, now, confirm)) return this.unconfirmed(appId, vendor, now);
        if (now.values > REMOVED_AT_ONCE) return accept({ open: now });
        await this.removal.batch(tx, appId, vendor, now.latest);
        const ended = await this.end(tx, appId, vendor, now);
        return ended.ok ? accept({ done: ended.value }) : ended;
      }),
    );
  }

  /** With the confirmed values gone: takes the plan back, unless there is something now that was not confirmed. */
  private async end(
    tx: Tx,
    appId: string,
    vendor: string,
    confirmed: Holdings,
  ): Promise<Decision<UninstallView>> {
    const now = await this.lookAlone(tx, appId, vendor);
    if (!now) return vendorNotFound();
    if (!isStillConfirmed(confirmed, now)) return this.unconfirmed(appId, vendor, now);
    await this.plans.release(tx, appId, vendor, now.plan);
    await this.elements.delete(tx, appId, now.elements);
    await this.plans.note(tx, appId, vendor, { installed: false });
    const view = this.viewOf(appId, vendor, confirmed, false);
    return accept({ ...view, loses: { ...view.loses, elements: now.elements } });
  }

  /** Waits for writes of the vendor's values and of the plan's elements that are under way, and looks then. */
  private async lookAlone(tx: Tx, appId: string, vendor: string): Promise<Holdings | undefined> {
    const found = await this.vendors.holdAlone(tx, appId, vendor);
    if (!found) return undefined;
    await this.elements.holdAlone(tx, appId, await this.plans.named(tx, appId, vendor));
    return this.look(tx, appId, found);
  }

  private async look(tx: Tx, appId: string, found: Vendor): Promise<Holdings> {
    const { latest, ...values } = await this.holdings.values(tx, appId, found.vendor);
    return {
      ...values,
      ...(latest !== null && { latest }),
      elements: await this.holdings.ownElements(tx, appId, found.vendor),
      plan: await this.plans.named(tx, appId, found.vendor),
      ...(found.uiTextPrefix !== undefined && { uiTextPrefix: found.uiTextPrefix }),
      ...(found.installedAt && { installedAt: found.installedAt.toISOString() }),
    };
  }

  private unconfirmed(appId: string, vendor: string, holdings: Holdings) {
    const { loses, confirm } = this.viewOf(appId, vendor, holdings, false);
    return refuse('sso/uninstall-unconfirmed', { extra: { loses, confirm } });
  }

  private confirms(appId: string, vendor: string, holdings: Holdings, confirm: string | undefined): boolean {
    return confirm !== undefined && constantTimeEqual(confirm, this.confirmOf(appId, vendor, holdings));
  }

  private confirmOf(appId: string, vendor: string, holdings: Holdings): string {
    return hmac(this.#secret, appId, vendor, ...lossParts(holdings));
  }

  private viewOf(appId: string, vendor: string, holdings: Holdings, dryRun: boolean): UninstallView {
    const { elements, values, users } = holdings;
    return { dryRun, loses: { elements, values, users }, confirm: this.confirmOf(appId, vendor, holdings) };
  }
}

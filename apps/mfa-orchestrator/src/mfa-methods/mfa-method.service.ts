import type { Application } from '@countersign/contracts';
import { accept, type Decision, refuse } from '@countersign/kernel';
import { Database } from '@countersign/persistence';
import { type ApplicationDirectory, InjectDirectory } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { tidyAddress } from '../contacts/address.decide.ts';
import { ContactRepository } from '../contacts/contact.repository.ts';
import { CodeSender } from '../otp/code-sender.ts';
import { newCode } from '../otp/new-code.ts';
import { ApplicationSettingsGateway } from './application-settings.gateway.ts';
import { changeOf, fieldOf, methodOf } from './mfa-method.decide.ts';
import type { Mechanism, MfaMethodRequest, MfaMethodView } from './mfa-method.schemas.ts';

/** How an application's codes are sent, as Cloudentity manages it; and trying it out. */
@Injectable()
export class MfaMethods {
  constructor(
    private readonly settings: ApplicationSettingsGateway,
    private readonly database: Database,
    private readonly contacts: ContactRepository,
    private readonly sender: CodeSender,
    @InjectDirectory() private readonly directory: ApplicationDirectory,
  ) {}

  async list(application: Application): Promise<MfaMethodView[]> {
    const current = await this.current(application);
    return [methodOf(current, 'email'), methodOf(current, 'sms')];
  }

  async read(application: Application, mechanism: Mechanism): Promise<MfaMethodView> {
    return methodOf(await this.current(application), mechanism);
  }

  /** Changes what the request names; it holds for the next code. */
  async write(
    { appId }: Application,
    mechanism: Mechanism,
    request: MfaMethodRequest,
  ): Promise<Decision<MfaMethodView>> {
    const change = changeOf(appId, mechanism, request);
    if (!change.ok) return change;
    const changed = await this.settings.changeOtp(appId, change.value);
    if (changed.ok) return accept(methodOf(changed.value, mechanism));
    const { code, field, detail } = changed.refusal;
    if (code !== 'request/invalid') return changed;
    return refuse(code, { field: fieldOf(mechanism, field), ...(detail !== undefined && { detail }) });
  }

  /** Sends a code that is good for nothing, within the budgets of all messages (seed C10). */
  async test(
    application: Application,
    mechanism: Mechanism,
    text: string,
    clientAddress: string,
  ): Promise<Decision<void>> {
    const current = await this.current(application);
    const address = tidyAddress(mechanism, text);
    if (address === undefined)
      return refuse('mfa/test-refused', { field: 'address', detail: 'is no such address' });
    const addressHash = this.contacts.hashOf(current.appId, mechanism, address);
    const to = { userId: '', channel: mechanism, address, addressHash };
    const taken = await this.sender.takeAnyway(current, to, clientAddress);
    if (!taken.ok) {
      if (taken.refusal.code !== 'mfa/address-not-served') return taken;
      return refuse('mfa/test-refused', { field: 'address', detail: 'No codes are sent to that address' });
    }
    const code = newCode(current.settings.otp[mechanism].length);
    await this.database.transaction((tx) => this.sender.plan(tx, current, to, { code, kind: 'otp' }));
    return accept(undefined);
  }

  /** With today's settings: what came with the key may be half a second old. */
  private async current(application: Application): Promise<Application> {
    return (await this.directory.byId(application.appId)) ?? application;
  }
}

import type { Application } from '@countersign/contracts';
import type { Database, Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { ContactOptions } from '../contacts/contact-options.ts';
import { PasskeyOptions } from '../passkeys/passkey-options.ts';
import type { Action } from '../policies/factors.ts';
import type { Facts } from './facts.types.ts';
import { LABELS } from './flow-answers.ts';
import type { NextItem } from './flow.schemas.ts';
import type { Flow } from './flow.types.ts';

/** What options depend on besides the flow. Concealed, nothing in them depends on what the user has. */
export interface OptionsContext extends Pick<Facts, 'concealed' | 'policies'> {
  application: Application;
}

/** What a page needs to perform an action: ceremony options of passkeys, addresses a code can go to (contracts §1.4). */
@Injectable()
export class FactorOptions {
  constructor(
    private readonly passkeys: PasskeyOptions,
    private readonly contacts: ContactOptions,
  ) {}

  /** The actions with their options, as LoginID's clients read them. */
  async items(
    db: Tx | Database,
    flow: Flow,
    actions: Action[],
    context: OptionsContext,
  ): Promise<NextItem[]> {
    return Promise.all(
      actions.map(async (name) => {
        const options = await this.optionsOf(db, flow, name, context);
        return { action: { name, ...LABELS[name] }, ...(options && { options }) };
      }),
    );
  }

  private async optionsOf(
    db: Tx | Database,
    flow: Flow,
    action: Action,
    context: OptionsContext,
  ): Promise<NextItem['options']> {
    switch (action) {
      case 'passkey:auth':
      case 'passkey:tx':
      case 'passkey:reg':
        return this.passkeys.items(db, flow, action, context);
      case 'otp:email':
        return this.contacts.items(db, flow, 'email', context);
      case 'otp:sms':
        return this.contacts.items(db, flow, 'sms', context);
      default:
        return undefined;
    }
  }
}

import type { Database, Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import type { OptionsContext } from '../flows/factor-options.ts';
import type { NextItem } from '../flows/flow.schemas.ts';
import type { Flow } from '../flows/flow.types.ts';
import {
  creationOptions,
  type CreationOptions,
  requestOptions,
  type RequestOptions,
} from './ceremony-options.decide.ts';
import { PasskeyCeremonies } from './passkey-ceremonies.service.ts';
import { PasskeyRepository } from './passkey.repository.ts';
import type { PasskeyAction } from './passkey.types.ts';

/** What a page hands to the browser to make or show a passkey. */
@Injectable()
export class PasskeyOptions {
  constructor(
    private readonly passkeys: PasskeyRepository,
    private readonly ceremonies: PasskeyCeremonies,
  ) {}

  /** As LoginID's clients read them: the first option's value is base64url of JSON (contracts §1.4). */
  async items(
    db: Tx | Database,
    flow: Flow,
    action: PasskeyAction,
    context: OptionsContext,
  ): Promise<NonNullable<NextItem['options']>> {
    const options =
      action === 'passkey:reg'
        ? await this.creation(db, flow, context)
        : await this.request(db, flow, action, context);
    const value = Buffer.from(JSON.stringify(options), 'utf8').toString('base64url');
    return [{ name: 'assertionOptions', value }];
  }

  /** Options for making a passkey; what the user has is excluded, so that no authenticator makes a second one. */
  async creation(
    db: Tx | Database,
    flow: Flow,
    context: Omit<OptionsContext, 'concealed'> & { securityKey?: boolean | undefined },
  ): Promise<CreationOptions> {
    const about = this.ceremonies.of(flow, 'passkey:reg', context);
    return creationOptions({
      ...about,
      user: { id: flow.userId, username: flow.username, displayName: flow.displayName ?? undefined },
      exclude: await this.passkeys.of(db, flow.appId, flow.userId),
      userVerification: about.userVerification ? 'required' : 'preferred',
      securityKey: context.securityKey,
    });
  }

  /** Options for showing one. Concealed, or with nobody named, no credential is told (enumeration). */
  async request(
    db: Tx | Database,
    flow: Flow,
    action: 'passkey:auth' | 'passkey:tx',
    context: OptionsContext,
  ): Promise<RequestOptions> {
    const about = this.ceremonies.of(flow, action, context);
    const known =
      context.concealed || flow.userId === '' ? [] : await this.passkeys.of(db, flow.appId, flow.userId);
    return requestOptions({
      ...about,
      allow: known.filter(({ suspect }) => !suspect),
      userVerification: about.userVerification ? 'required' : 'preferred',
    });
  }
}

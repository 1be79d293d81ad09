import { type Application, PLATFORM_APP } from '@countersign/contracts';
import { accept, Believed, type Decision, refuse } from '@countersign/kernel';
import { Database, Idempotency, type IdempotentRequest, QueryFailed } from '@countersign/persistence';
import { Vault } from '@countersign/security';
import {
  decodeCursor,
  encodeCursor,
  InjectConfig,
  type PageQuery,
  type ServiceConfig,
} from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { believedKeys } from '../api-keys/verifier.ts';
import { SigningKeyService } from '../signing-keys/signing-key.service.ts';
import type { ApplicationEntity } from './application.entity.ts';
import { ApplicationRepository, toApplication } from './application.repository.ts';
import type {
  ApplicationAnswer,
  ApplicationList,
  ChangeApplicationRequest,
  CreateApplicationRequest,
} from './application.schemas.ts';
import { decideSettings, type SettingsFacts } from './settings.decide.ts';

const LIST = 'applications';

/** Applications and their settings. */
@Injectable()
export class ApplicationService {
  private readonly believed = new Believed<Application>((appId) => this.find(appId));

  constructor(
    private readonly repository: ApplicationRepository,
    private readonly signingKeys: SigningKeyService,
    private readonly database: Database,
    private readonly idempotency: Idempotency,
    private readonly vault: Vault,
    @InjectConfig() private readonly config: ServiceConfig,
  ) {}

  /** The application of that id (compared without case), with every setting. */
  async find(appId: string): Promise<Application | undefined> {
    const row = await this.repository.find(appId);
    return row && toApplication(row);
  }

  /** The same, believed for half a second: for what happens with every login. */
  believe(appId: string): Promise<Application | undefined> {
    return this.believed.get(appId.toLowerCase());
  }

  /** The application that an exact host name carries. */
  async findByHost(host: string): Promise<Application | undefined> {
    const row = await this.repository.findByHost(host);
    return row && toApplication(row);
  }

  /** One application, as `caller` may see it: its own, the platform any; everything else is not there (API-01). */
  async read(
    caller: Application,
    appId: string,
  ): Promise<Decision<ApplicationAnswer, 'token/application-not-found'>> {
    const row = maySee(caller, appId) ? await this.repository.find(appId) : undefined;
    return row ? accept(toAnswer(row)) : refuse('token/application-not-found');
  }

  /** A page of all applications, in order of their ids. */
  async list(page: PageQuery): Promise<Decision<ApplicationList>> {
    const after = decodeCursor(this.vault, LIST, page.cursor, z.string());
    if (!after.ok) return after;
    const rows = await this.repository.list(after.value ?? '', page.limit + 1);
    const items = rows.slice(0, page.limit);
    const more = rows.length > page.limit ? items.at(-1) : undefined;
    return accept({
      items: items.map(toAnswer),
      ...(more && { next: encodeCursor(this.vault, LIST, more.appId) }),
    });
  }

  /** Makes an application, with its signing key. */
  async create(
    request: CreateApplicationRequest,
    repeat: IdempotentRequest | undefined,
  ): Promise<Decision<ApplicationAnswer>> {
    const { appId, name } = request;
    if (appId === PLATFORM_APP) return refuse('token/application-reserved', { field: 'appId' });
    const settings = decideSettings({}, request.settings ?? {}, this.facts(true));
    if (!settings.ok) return settings;
    const decision = await this.hostsFree(() =>
      this.database.transaction((tx) =>
        this.idempotency.once<ApplicationAnswer>(tx, repeat, async () => {
          const row = await this.repository.insert(tx, appId, name, settings.value.set);
          if (!row) return { refusal: { code: 'token/application-exists', field: 'appId' } };
          await this.repository.setHosts(tx, appId, settings.value.effective.hostAliases);
          return { answer: toAnswer(row), resourceId: appId };
        }),
      ),
    );
    if (decision.ok) await this.signingKeys.active(appId);
    return decision;
  }

  /** Changes name and settings; what is not named stays. Two changes at once follow each other. */
  async change(
    caller: Application,
    appId: string,
    request: ChangeApplicationRequest,
  ): Promise<Decision<ApplicationAnswer>> {
    if (!maySee(caller, appId)) return refuse('token/application-not-found');
    const decision = await this.hostsFree(() =>
      this.database.transaction(async (tx) => {
        const row = await this.repository.lock(tx, appId);
        if (!row) return refuse('token/application-not-found');
        const facts = this.facts(caller.appId === PLATFORM_APP);
        const settings = decideSettings(row.settings, request.settings ?? {}, facts);
        if (!settings.ok) return settings;
        const changed = await this.repository.update(tx, appId, request.name ?? row.name, settings.value.set);
        await this.repository.setHosts(tx, appId, settings.value.effective.hostAliases);
        return accept(toAnswer(changed));
      }),
    );
    this.believed.forget();
    believedKeys(this.database).forget();
    return decision;
  }

  private facts(byPlatform: boolean): SettingsFacts {
    const { securityProfile, busTrust, appHostSuffixes } = this.config;
    return { profile: securityProfile, busTrust, hostSuffixes: appHostSuffixes, byPlatform };
  }

  /** A host name leads to one application: the index refuses the second, and nothing of that change stays. */
  private async hostsFree<T>(work: () => Promise<Decision<T>>): Promise<Decision<T>> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof QueryFailed) || error.constraint !== 'application_hosts_pkey') throw error;
      return refuse('token/host-taken', { field: 'settings.hostAliases' });
    }
  }
}

const maySee = (caller: Application, appId: string): boolean =>
  caller.appId === PLATFORM_APP || caller.appId === appId;

const toAnswer = (row: ApplicationEntity): ApplicationAnswer => ({
  ...toApplication(row),
  createdAt: row.createdAt.toISOString(),
  updatedAt: row.updatedAt.toISOString(),
});

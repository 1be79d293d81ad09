import { usernameKey } from '@countersign/contracts';
import { accept, type Clock, type Decision, refuse, uuidv7 } from '@countersign/kernel';
import type { IdempotentRequest } from '@countersign/persistence';
import { FetchRefused } from '@countersign/security';
import { InjectClock, InjectLogger, type Logger } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { type ElementDefinition, ElementDefinitions } from '../elements/element-definitions.ts';
import type { ResolvedOwner } from '../users/user.repository.ts';
import { UserWriteService } from '../users/user-write.service.ts';
import { understand, type Understood } from './handler-answer.decide.ts';
import { LaunchCounts } from './launch-counts.ts';
import { LaunchSaves } from './launch-saves.service.ts';
import { HandlerGateway } from './launch.gateway.ts';
import { LaunchRepository, type LaunchRow } from './launch.repository.ts';
import type { LaunchFailure, LaunchView } from './launch.schemas.ts';
import { type Shown, ShownValues } from './shown-values.ts';

/** How often a handler is asked for one launch: the user's values may change between showing and saving them. */
const ATTEMPTS = 4;
const TRY_LATER = 'This service is not available at the moment. Please try again later.';

/** What one asking came to. */
type Asked =
  { ended: 'link'; understood: Understood } | { ended: 'nowhere'; reason: LaunchFailure; message?: string };

/** Launches of partners' services for users (seed 002). */
@Injectable()
export class LaunchService {
  constructor(
    private readonly launches: LaunchRepository,
    private readonly definitions: ElementDefinitions,
    private readonly writes: UserWriteService,
    private readonly handlers: HandlerGateway,
    private readonly saves: LaunchSaves,
    private readonly shown: ShownValues,
    private readonly counts: LaunchCounts,
    @InjectClock() private readonly clock: Clock,
    @InjectLogger() private readonly logger: Logger,
  ) {}

  /**
   * Asks the vendor's handler where to send the user, and keeps what it answers about them. A launch that leads
   * nowhere is an answer too, with the user's message (S8). One read of ours, at most one write, none for the handler;
   * where another launch saved first, all of it again. The link may be good once only, so it is not kept: the same
   * `Idempotency-Key` again is 409, unless the launch led nowhere. Throws ServiceUnavailable, DatabaseUnavailable.
   */
  async launch(
    appId: string,
    vendor: string,
    username: string,
    request: IdempotentRequest | undefined,
  ): Promise<Decision<LaunchView>> {
    const row = await this.launches.find(appId, vendor, usernameKey(username));
    if (!row) return refuse('sso/vendor-not-found');
    const first = await this.saves.once(request);
    if (!first.ok) return first;
    let done: Decision<LaunchView> | undefined;
    try {
      done = await this.launchFor(row, appId, vendor, username);
      return done;
    } finally {
      if (!done?.ok || !done.value.success) await this.saves.notDone(request);
    }
  }

  private async launchFor(
    found: LaunchRow,
    appId: string,
    vendor: string,
    username: string,
  ): Promise<Decision<LaunchView>> {
    let row: LaunchRow | undefined = found;
    for (let attempt = 1; row && attempt <= ATTEMPTS; attempt++) {
      // whose the name is, now: the row may be of somebody who is gone, whose values are nobody else's
      const owner = await this.writes.resolve(appId, username);
      const view = await this.attempt(row, owner, vendor);
      // asking whose the name is would make a user of that name anew
      if (view === 'gone')
        return refuse('sso/launch-contended', { detail: 'the user was deleted meanwhile' });
      if (view !== 'again') return accept(view);
      row = await this.launches.find(appId, vendor, usernameKey(username));
    }
    if (!row) return refuse('sso/vendor-not-found');
    this.counts.count('contended');
    return refuse('sso/launch-contended');
  }

  /** What the launch comes to; `again` where what the handler was shown changed, `gone` where the user was deleted. */
  private async attempt(
    row: LaunchRow,
    owner: ResolvedOwner,
    vendor: string,
  ): Promise<LaunchView | 'again' | 'gone'> {
    const defined = await this.definitions.of(owner.appId);
    const shown = this.shown.of(row, owner, vendor, defined);
    const asked = await this.ask(row, owner, vendor, { defined, shown });
    if (asked.ended === 'nowhere') return this.nowhere(row, owner, vendor, asked);
    const { understood } = asked;
    const asOf = row.vendorAsOf;
    const saved = await this.saves.save(owner, { vendor, asOf }, understood, shown.versions);
    if (saved === 'again' || saved === 'gone') return saved;
    if (saved === 'full') return this.nowhere(row, owner, vendor, { reason: 'too-many-values' });
    this.counts.count('link');
    return linkView(row, understood);
  }

  private async ask(
    { handlerUrl }: LaunchRow,
    { appId }: ResolvedOwner,
    vendor: string,
    { defined, shown }: { defined: ReadonlyMap<string, ElementDefinition>; shown: Shown },
  ): Promise<Asked> {
    const { values: vendorConfigs, ssoIdentifier } = shown;
    try {
      const id = uuidv7(this.clock);
      const answer = await this.handlers.ask({ appId, vendor, handlerUrl, id, vendorConfigs, ssoIdentifier });
      if (answer.status !== 200)
        this.logger.warn(
          { appId, vendor, status: answer.status },
          'a handler answered with another status than 200',
        );
      const understood = understand(answer, { vendor, defined, shown: vendorConfigs });
      if (understood.ok) return { ended: 'link', understood: understood.value };
      const { code: reason, detail: message } = understood.refusal;
      return { ended: 'nowhere', reason, ...(message !== undefined && { message }) };
    } catch (error) {
      if (error instanceof FetchRefused) return { ended: 'nowhere', reason: error.reason };
      throw error;
    }
  }

  private async nowhere(
    { endUserErrorMessage, uiTextPrefix }: LaunchRow,
    owner: ResolvedOwner,
    vendor: string,
    { reason, message }: { reason: LaunchFailure; message?: string },
  ): Promise<LaunchView> {
    this.counts.count(reason);
    this.logger.warn({ appId: owner.appId, vendor, reason }, 'a launch led nowhere');
    await this.saves.failed(owner, vendor, reason);
    return {
      ...{ responseType: 'LINK_OUT', response: null, success: false, saved: [], refusedNames: [] },
      because: reason,
      endUserErrorMessage: message ?? endUserErrorMessage ?? TRY_LATER,
      ...(uiTextPrefix !== null && { uiTextPrefix }),
    };
  }
}

const linkView = ({ uiTextPrefix }: LaunchRow, understood: Understood): LaunchView => ({
  responseType: 'LINK_OUT',
  response: understood.link,
  success: true,
  endUserErrorMessage: '',
  saved: understood.save.map(({ element }) => element),
  refusedNames: understood.refusedNames,
  ...(uiTextPrefix !== null && { uiTextPrefix }),
});

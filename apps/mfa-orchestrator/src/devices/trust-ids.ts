import { Injectable } from '@nestjs/common';
import { secondsAfter, uuidv7 } from '@countersign/kernel';
import { type SelfSigned, TokenInvalid, verifySelfSigned } from '@countersign/security';
import { InjectMetrics } from '@countersign/service-kit';
import { Counter, type Registry } from 'prom-client';
import { describeDevice } from './described.decide.ts';
import type { DeviceInfo, TrustItems } from './device-info.schemas.ts';
import { DeviceRepository } from './device.repository.ts';
import type { DeviceKind, SeenDevice } from './device.types.ts';

/** Android's trust ids live five minutes, the web's one. */
const LIFETIME_SECONDS = 300;
/** How far clients' clocks may be off: ahead, behind. */
const FUTURE_SKEW_SECONDS = 60;
const PAST_SKEW_SECONDS = 30;
/** Longest trust id that is looked at; real ones have 400 characters. */
const MAX_LENGTH = 2_048;
/** How much longer than a trust id its use is remembered, in seconds: our own clocks may differ too. */
const MEMORY_SECONDS = PAST_SKEW_SECONDS + 60;
/** A wallet's comes with a payload only, and is then the one that counts. */
const ORDER: readonly DeviceKind[] = ['wallet', 'auth', 'merchant'];

type Shown = SelfSigned & { kind: DeviceKind };

/**
 * Reads trust ids (contracts §1.8). A trust id shows that the sender holds a key we may have seen before: it shapes
 * what is offered and is never a proof. What is malformed, forged, expired or used before is no device, not an error:
 * a client with a wrong clock must still be able to log in.
 */
@Injectable()
export class TrustIds {
  private readonly seen: Counter<'result'>;

  constructor(
    private readonly devices: DeviceRepository,
    @InjectMetrics() metrics: Registry,
  ) {
    this.seen = new Counter({
      name: 'countersign_trust_ids_total',
      help: 'Trust ids by result (accepted, refused, reused)',
      labelNames: ['result'],
      registers: [metrics],
    });
  }

  /** Uses the first good trust id up and answers its device, registered on first sight; undefined: no device. */
  async read(
    appId: string,
    trustItems: TrustItems,
    { info, userAgent }: { info?: DeviceInfo; userAgent?: string },
    now: Date,
  ): Promise<SeenDevice | undefined> {
    const shown = await this.verified(trustItems, now);
    if (!shown || !(await this.use(shown))) return undefined;
    const { kind, thumbprint, claims } = shown;
    const id = await this.devices.see({
      id: uuidv7(),
      ...{ appId, thumbprint, kind },
      trustId: nameOf(claims.id),
      described: describeDevice(info, userAgent),
    });
    return { id, kind, thumbprint };
  }

  /** As {@link read} for a device that is known; strangers leave no trace, so that asking fills no table. */
  async recognise(appId: string, trustItems: TrustItems, now: Date): Promise<string | undefined> {
    const shown = await this.verified(trustItems, now);
    const id = shown && (await this.devices.find(appId, shown.thumbprint));
    return id !== undefined && (await this.use(shown!)) ? id : undefined;
  }

  private async verified(trustItems: TrustItems, now: Date): Promise<Shown | undefined> {
    for (const kind of ORDER) {
      const token = trustItems[kind];
      if (!token) continue;
      try {
        const shown = await verifySelfSigned(token, {
          now,
          maxLifetimeSeconds: LIFETIME_SECONDS,
          pastSkewSeconds: PAST_SKEW_SECONDS,
          futureSkewSeconds: FUTURE_SKEW_SECONDS,
          maxLength: MAX_LENGTH,
        });
        return { ...shown, kind };
      } catch (error) {
        if (!(error instanceof TokenInvalid)) throw error;
        this.seen.inc({ result: 'refused' });
      }
    }
    return undefined;
  }

  private async use({ use, expiresAt }: Shown): Promise<boolean> {
    // whichever application it is shown to: a token has no audience, so it is good once anywhere
    const fresh = await this.devices.use(use, secondsAfter(expiresAt, MEMORY_SECONDS));
    this.seen.inc({ result: fresh ? 'accepted' : 'reused' });
    return fresh;
  }
}

/** The client's own name for the device, where it is one; it identifies nothing. */
const nameOf = (id: unknown): string | undefined =>
  typeof id === 'string' && /^[\w-]{1,64}$/.test(id) ? id : undefined;

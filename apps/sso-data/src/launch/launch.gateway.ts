import type { Clock } from '@countersign/kernel';
import { SafeFetch, signDetached } from '@countersign/security';
import { InjectClock, InjectConfig, type ServiceConfig } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { HandlerKeys } from '../handler-keys/handler-keys.ts';
import type { HandlerAnswer } from './handler-answer.decide.ts';

/** Longest wait for a handler, in milliseconds: a user is waiting too. */
const TIMEOUT_MS = 5000;
/** Largest answer, in bytes. */
const ANSWER_MAX = 256 * 1024;

/** What a handler is told. Nothing that names the user but what the vendor itself knows them by. */
export interface HandlerQuestion {
  appId: string;
  vendor: string;
  handlerUrl: string;
  /** Unique for each time a handler is asked. */
  id: string;
  vendorConfigs: ReadonlyMap<string, string>;
  ssoIdentifier: string | null;
}

/** Vendors' SSO handlers, as they are over the network. */
@Injectable()
export class HandlerGateway {
  constructor(
    private readonly fetch: SafeFetch,
    private readonly keys: HandlerKeys,
    @InjectClock() private readonly clock: Clock,
    @InjectConfig() private readonly config: ServiceConfig,
  ) {}

  /** Asks once, signed (see README for what a handler verifies). Throws FetchRefused. */
  async ask(question: HandlerQuestion): Promise<HandlerAnswer> {
    const { appId, vendor, handlerUrl, id, vendorConfigs, ssoIdentifier } = question;
    const body = JSON.stringify({
      iss: `${this.config.publicUrl}/apps/${appId}`,
      aud: handlerUrl,
      iat: Math.floor(this.clock.now().getTime() / 1000),
      jti: id,
      app_id: appId,
      vendor_id: vendor,
      vendor_configs: Object.fromEntries(vendorConfigs),
      sso_identifier: ssoIdentifier,
    });
    const signature = await signDetached(await this.keys.signingKey(appId), body, {
      typ: 'sso-request+jws',
    });
    return this.fetch.request(handlerUrl, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        'idempotency-key': id,
        'countersign-signature': signature,
      },
      body,
      timeoutMs: TIMEOUT_MS,
      maxBytes: ANSWER_MAX,
    });
  }
}

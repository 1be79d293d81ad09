/** The Patrol rule of fault runs: it asks for `external`, and not for long. */
import { ask, expectStatus } from './smoke-steps.mjs';

/** Audit actions `<RULE_NAME>.…` need the user. */
export const RULE_NAME = 'Chaos';

/** Seconds after which nobody's answer counts any more. */
export const TTL_SECONDS = 30;

export async function makeRule({ gateway, demo }) {
  const rule = {
    name: RULE_NAME,
    auditAction: `${RULE_NAME}.*`,
    requires: 'external',
    ttlSeconds: TTL_SECONDS,
  };
  const base = `${gateway}/apps/${demo.appId}`;
  expectStatus(await ask(base, 'POST', '/v1/patrol-rules', { key: demo.apiKey, body: rule }), 201);
}

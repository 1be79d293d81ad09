import type { AuthInitAnswer } from './passkey-api.schemas.ts';

type Methods = Pick<AuthInitAnswer, 'action' | 'crossAuthMethods' | 'fallbackMethods'>;

/**
 * How a login may go on, in LoginID's words: by passkey (`proceed`), by a code sent to the user (`crossAuth`), by the
 * application's own check (`fallback`, `ciam`).
 */
export function methodsOf(offered: readonly string[]): Methods {
  const crossAuthMethods = (['otp:sms', 'otp:email'] as const).filter((method) => offered.includes(method));
  const fallbackMethods = offered.includes('external') ? (['ciam'] as 'ciam'[]) : [];
  const action = offered.includes('passkey:auth')
    ? 'proceed'
    : crossAuthMethods.length > 0
      ? 'crossAuth'
      : 'fallback';
  return { action, crossAuthMethods, fallbackMethods };
}

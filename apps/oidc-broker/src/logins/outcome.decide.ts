import type { EventData } from '@countersign/contracts';
import { type Asking, assuranceOf, firstFactorOf } from './enforcement.decide.ts';
import type { Login, Proof } from './login.types.ts';
import type { Due, LoginFacts } from './next-step.decide.ts';

/** What a login that succeeded tells the provider and the bus. */
export interface Outcome {
  result: Record<string, unknown>;
  /** Shown in this login, a remembered device included. */
  proofs: Proof[];
  /** Absent where nothing was shown: consent alone is no sign-in. */
  event?: EventData<'oidc.login.completed.v1'>;
}

/**
 * The result of a login whose steps are done. `acr` and `amr` are derived from proofs, of this login and those that the
 * session holds of the same user and that still stand. `ts` is when the first factor was shown: more factors later do not
 * make a login younger.
 */
export function outcomeOf(
  login: Login,
  facts: LoginFacts,
  due: Extract<Due, { kind: 'done' }>,
  now: number,
): Outcome {
  const { userId: accountId = '', clientId, mode, requestId } = login;
  if (mode === 'second-factor') return ofSecondFactor(login, accountId);
  const { skipped } = due;
  const proofs = [
    ...login.proofs,
    ...(skipped === undefined ? [] : [deviceProof(skipped, { clientId, requestId }, now)]),
  ];
  const counted = [...facts.held, ...proofs];
  const { acr, amr } = assuranceOf(counted);
  const ts = firstFactorOf(counted)?.at ?? now;
  const isShown = proofs.length > 0;
  // also where nothing was shown: an essential acr that the session's proofs reach is told to the provider this way
  const isLogin = isShown || login.demand.prompt === 'login';
  const result = { ...(isLogin && { login: { accountId, ts, amr, acr } }), proofs };
  if (!isShown) return { result, proofs };
  const policy = proofs.find((proof) => proof.policy !== undefined)?.policy;
  const event = {
    userId: accountId,
    clientId,
    amr,
    acr,
    secondFactor: false,
    mfaSkipped: skipped !== undefined,
  };
  return { result, proofs, event: { ...event, ...(policy !== undefined && { policy }) } };
}

function ofSecondFactor({ proofs, clientId }: Login, accountId: string): Outcome {
  const shown = proofs.filter(({ factor }) => factor === 'image-passcode');
  const { acr, amr } = assuranceOf(shown);
  const at = Math.max(...shown.map((proof) => proof.at));
  return {
    result: { secondFactor: { accountId, at, amr, acr }, proofs: [] },
    proofs,
    event: { userId: accountId, clientId, amr, acr, secondFactor: true, mfaSkipped: false },
  };
}

const deviceProof = (policy: string, { clientId, requestId }: Asking, at: number): Proof => ({
  ...{ factor: 'device', at, amr: [], acr: 'aal1' },
  ...{ policy, clientId, ...(requestId !== undefined && { requestId }) },
});

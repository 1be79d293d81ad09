import { ACR_LADDER, type KeyConstraints, type Scope } from '@countersign/contracts';
import { accept, type Decision, refuse } from '@countersign/kernel';

/** The rights of a key that is there, or of one that is wanted. */
export interface KeyRights {
  scopes: readonly Scope[];
  constraints: KeyConstraints;
  /** When the key ends; null: never. */
  expiresAt: Date | null;
}

/** The key that asks. */
export interface Creator extends KeyRights {
  appId: string;
  /** The reserved application's key: creates keys for others, and an absent constraint does not bind it. */
  isPlatform: boolean;
}

const rank = (acr: (typeof ACR_LADDER)[number]) => ACR_LADDER.indexOf(acr);

/** The first field of `wanted` that goes beyond `creator`, or undefined. */
function exceeding(creator: Creator, wanted: KeyRights): string | undefined {
  const { constraints: own } = creator;
  const { constraints: asked } = wanted;
  if (!wanted.scopes.every((scope) => creator.scopes.includes(scope))) return 'scopes';
  // absent contexts mean any, so a bounded key must bound its children
  if (own.contexts && !asked.contexts?.every((context) => own.contexts?.includes(context))) {
    return 'constraints.contexts';
  }
  const amr = own.amr ?? (creator.isPlatform ? undefined : []);
  if (amr && !(asked.amr ?? []).every((method) => amr.includes(method))) return 'constraints.amr';
  const acr = own.acr ?? (creator.isPlatform ? undefined : 'aal1');
  if (acr && rank(asked.acr ?? 'aal1') > rank(acr)) return 'constraints.acr';
  // not a ladder: whoever may vouch for one category must not come to vouch for two by way of a second key
  const category = own.category ?? (creator.isPlatform ? undefined : 'knowledge');
  if (category && (asked.category ?? 'knowledge') !== category) return 'constraints.category';
  if (creator.expiresAt && (!wanted.expiresAt || wanted.expiresAt > creator.expiresAt))
    return 'expiresInSeconds';
  return undefined;
}

/**
 * Whether `creator` may make a key with `wanted` rights for `appId`: only a subset of its own, in scopes, in what
 * it may vouch for, and in time; for another application only the platform.
 */
export function decideNewKey(
  creator: Creator,
  appId: string,
  wanted: KeyRights,
): Decision<KeyRights, 'token/key-exceeds' | 'access/application-not-found'> {
  if (appId !== creator.appId && !creator.isPlatform) return refuse('access/application-not-found');
  const field = exceeding(creator, wanted);
  return field === undefined ? accept(wanted) : refuse('token/key-exceeds', { field });
}

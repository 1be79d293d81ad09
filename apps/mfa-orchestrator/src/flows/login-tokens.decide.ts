import type { IssueTokensRequest } from '@countersign/contracts';
import { assurance } from './assurance.decide.ts';
import type { Flow } from './flow.types.ts';
import type { ShownProof } from './proof.types.ts';

/** What token-service is asked for after a login that rests on `proofs`. */
export function loginTokens(
  { appId, id: flowId, userId, username }: Pick<Flow, 'appId' | 'id' | 'userId' | 'username'>,
  proofs: ShownProof[],
): IssueTokensRequest {
  // a login is as old as the oldest thing it rests on
  const shownAt = Math.min(...proofs.map((proof) => (proof.authenticatedAt ?? proof.shownAt).getTime()));
  return { appId, flowId, userId, username, ...assurance(proofs), authTime: Math.floor(shownAt / 1000) };
}

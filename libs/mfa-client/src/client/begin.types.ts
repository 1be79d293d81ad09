import type { EnrolAction } from './actions.types.ts';

/** What a flow begins with. */
export interface BeginOptions {
  /** Shown by authenticators; the username unless given. */
  displayName?: string;
  /** What the username is; `other` unless given. */
  usernameType?: 'email' | 'phone' | 'other' | (string & {});
  /** A legal name, for servers that match identities. */
  name?: string;
  /** E.164, for servers that ask the network. */
  phone?: string;
  /** What the user is to confirm. */
  txPayload?: string;
  /** Your own name for this attempt, for your logs. */
  traceId?: string;
  /** Opens a challenge's flow: `POST /v1/challenges/{id}/tickets` of your back end made it. For once. */
  beginTicket?: string;
  /** Opens a challenge's flow for the user of `accessToken`. */
  challengeId?: string;
  /** A token of an earlier login: of this user, of this application. */
  accessToken?: string;
  /** What the user wants to add; the flow completes once they are there. */
  enrol?: EnrolAction[];
  /** A trust id made elsewhere; `false`: say nothing about this device. This browser's own unless given. */
  trustId?: string | false;
  /** A trust id of the merchant's page (checkout). */
  merchantTrustId?: string;
  /** The name the server gave this device. */
  deviceId?: string;
  signal?: AbortSignal;
}

/** What a record is: the provider's models that are kept. */
export type RecordKind =
  | 'Session'
  | 'Interaction'
  | 'PushedAuthorizationRequest'
  | 'AuthorizationCode'
  | 'Grant'
  | 'AccessToken'
  | 'RefreshToken';

/** A model's own words: what it is kept with. */
export type RecordPayload = Record<string, unknown>;

/** A record as it is to be written. */
export interface RecordRow {
  /** See {@link recordKey}. */
  key: string;
  kind: RecordKind;
  /** JSON without the id. */
  payload: string;
  userId: string | null;
  clientId: string | null;
  grantId: string | null;
  /** Of a session: the id that others know it by. */
  uid: string | null;
  /** Of tokens: the session they came of. */
  sessionUid: string | null;
  ttlSeconds: number;
}

/** A record as it was found, not expired by the database's clock. */
export interface FoundRecord {
  key: string;
  kind: RecordKind;
  payload: string;
  uid: string | null;
  /** Seconds since the epoch. */
  consumedAt: number | null;
  /** Seconds it still has, by the database's clock. */
  left: number;
}

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
  /** Of tokens: the session they came of. Of an interaction: the one it began with. */
  sessionUid: string | null;
  /** When its user was let in, else when it began or was issued; seconds since the epoch. */
  shownAt: number | null;
  /** An interaction that ended with a second factor. */
  isSecondFactor: boolean;
  ttlSeconds: number;
}

/** A record as it was found, not expired by the database's clock. */
export interface FoundRecord {
  key: string;
  /** `User`, `Login`: no records, they came along with one. */
  kind: RecordKind | 'User' | 'Login';
  payload: string;
  uid: string | null;
  userId: string | null;
  /** Of that user, as the same statement saw it; null: not in the directory. */
  generation: string | null;
  /** Seconds since the epoch. */
  consumedAt: number | null;
  /** Seconds it still has, by the database's clock. */
  left: number;
}

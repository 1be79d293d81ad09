/** A session that has ended, as a client knows it. */
export interface EndedSession {
  clientId: string;
  userId: string;
  sid: string;
  /** Origin of the issuer that the user signed in at; `` where nobody wrote it down. */
  origin: string;
}

/** One that a client is to be told of now. */
export interface DueNotice extends EndedSession {
  id: string;
  appId: string;
  /** How often it was tried, this time included. */
  attempts: number;
}

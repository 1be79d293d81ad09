/** A user of one application. */
export interface User {
  id: string;
  appId: string;
  username: string;
  usernameKey: string;
  createdAt: Date;
  registeredAt: Date | null;
  /** The database's time when this was read: what is written about the user in the same breath carries it. */
  seenAt: Date;
}

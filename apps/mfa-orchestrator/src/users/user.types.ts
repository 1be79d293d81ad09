/** A user of one application. */
export interface User {
  id: string;
  appId: string;
  username: string;
  usernameKey: string;
  createdAt: Date;
  registeredAt: Date | null;
  hasMfaContext: boolean;
}

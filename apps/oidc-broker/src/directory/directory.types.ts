/** Somebody who signs in here. The id is mfa-orchestrator's. */
export interface DirectoryUser {
  userId: string;
  /** As it was given; compared trimmed, NFC and without case. */
  username: string;
  name?: string;
  /** A disabled user is let in nowhere, and what they had open has ended. */
  enabled: boolean;
  hasPassword: boolean;
  createdAt: Date;
  updatedAt: Date;
}

/** Why a password does not let anybody in; the first is one and the same for unknown, wrong, locked and disabled. */
export type SignInRefusal = 'directory/sign-in-refused' | 'access/too-many-requests' | 'fault/unavailable';

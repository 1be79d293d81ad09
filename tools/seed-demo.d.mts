/** The demo as it is kept in its file, and in the run file. */
export interface Demo {
  appId: string;
  apiKey: string;
  username: string;
  issuer: string;
  clientId: string;
  clientSecret: string;
  redirectUri: string;
  password: string;
  mfaClientId: string;
  mfaClientSecret: string;
  mfaUsername: string;
  admin: { username: string; password: string };
}

export function partnerUrlOf(gateway: string): string;
export function seedDemo(options: {
  gateway: string;
  publicUrl: string;
  platformKey: string;
  file: string;
  rpFile: string;
}): Promise<Demo>;

import { readFile } from 'node:fs/promises';
import { z } from 'zod';

/** What the sample relying party knows: its clients, and who may be tried. */
const settings = z.object({
  appId: z.string(),
  clientId: z.string(),
  clientSecret: z.string(),
  mfaClientId: z.string(),
  mfaClientSecret: z.string(),
  username: z.string(),
  mfaUsername: z.string(),
  password: z.string(),
});
export type RpSettings = z.infer<typeof settings>;

/** Read each time: the clients are made when the gateway is up already. Undefined where there are none. */
export async function readRpSettings(path: string): Promise<RpSettings | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  try {
    return text === undefined ? undefined : settings.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

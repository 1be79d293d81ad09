import { z } from 'zod';

/** Longest text of a device description that is kept, in characters. */
const LONGEST = 100;
/** Longest JSON of capabilities that is read, in characters, and how many of them are kept. */
const CAPABILITIES_LONGEST = 2_000;
const CAPABILITIES_MOST = 30;

/** Text for a list: without control characters, cut. What is no text or says nothing is absent; nothing is refused. */
const note = z
  .string()
  .transform((text) => [...text.toWellFormed().replace(/\p{Cc}/gu, '')].slice(0, LONGEST).join('').trim())
  .transform((text) => text || undefined)
  .optional()
  .catch(undefined);
const size = z.int().min(0).max(100_000).optional().catch(undefined);

/** `webauthnCapabilities` is JSON in a string (contracts §1.4): flags by name. Anything else is absent. */
const capabilities = z
  .string()
  .max(CAPABILITIES_LONGEST)
  .transform((text): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      return undefined;
    }
  })
  .pipe(z.record(z.string(), z.unknown()))
  .transform((all) => {
    const flags = Object.entries(all)
      .filter(
        (entry): entry is [string, boolean] =>
          typeof entry[1] === 'boolean' && /^[\w.:-]{1,64}$/.test(entry[0]),
      )
      .slice(0, CAPABILITIES_MOST);
    return flags.length > 0 ? Object.fromEntries(flags) : undefined;
  })
  .optional()
  .catch(undefined);

/**
 * LoginID's DeviceInfo. Clients describe themselves as they like, and it decides nothing: members that do not fit are
 * dropped, so that no login fails for them.
 */
export const deviceInfo = z
  .object({
    deviceId: note,
    clientType: z.enum(['browser', 'webview', 'other']).optional().catch('other'),
    clientName: note,
    clientVersion: note,
    osName: note,
    osVersion: note,
    osArch: note,
    screenWidth: size,
    screenHeight: size,
    hasBluetooth: z.boolean().optional().catch(undefined),
    webauthnCapabilities: capabilities,
  })
  .catch({})
  .meta({
    id: 'DeviceInfo',
    description: 'What a client says of its device. Members that do not fit are dropped',
  });
export type DeviceInfo = z.output<typeof deviceInfo>;

/** Trust ids by kind (contracts §1.8), each a compact JWT. Kinds we do not know are not looked at. */
export const trustItems = z
  .object({
    auth: z.string().optional().catch(undefined),
    wallet: z.string().optional().catch(undefined),
    merchant: z.string().optional().catch(undefined),
  })
  .meta({ id: 'TrustItems' });
export type TrustItems = z.output<typeof trustItems>;

/** A user's device, as they and management see it. */
export const deviceView = z
  .object({
    id: z.uuid(),
    kind: z.string(),
    clientName: z.string().optional(),
    clientVersion: z.string().optional(),
    osName: z.string().optional(),
    osVersion: z.string().optional(),
    trustedAt: z.string(),
    trustedUntil: z.string(),
    lastUsedAt: z.string(),
  })
  .meta({ id: 'Device' });
export type DeviceView = z.infer<typeof deviceView>;

export const discoverRequest = z.object({ trustItems }).meta({ id: 'MfaDiscover' });
export type DiscoverRequest = z.output<typeof discoverRequest>;

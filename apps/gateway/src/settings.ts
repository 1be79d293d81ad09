import { z } from 'zod';

/** What the gateway reads beyond what every door does. */
export const gatewayEnvironment = z.object({
  /**
   * Port of the virtual phone's SMTP server, on HOST; its page is `/phone`. Absent: no phone. Ignored in production.
   */
  PHONE_SMTP_PORT: z
    .string()
    .regex(/^\d{1,5}$/, 'must be a port')
    .transform(Number)
    .pipe(z.int().min(0).max(65_535))
    .optional(),
  /** File with the demo application's key (JSON, as `npm start` keeps it): the page at `/try` then stands in for that application's back end. Ignored in production. */
  DEMO_KEY_PATH: z.string().optional(),
  /** File with the clients of the sample relying party at `/demo/rp` (JSON, as `npm start` keeps it). Absent: there is none. Ignored in production. */
  DEMO_RP_PATH: z.string().optional(),
  /** Address by which sso-data reaches `/demo/partner/sso` on this gateway, the handler of the demo's sample vendor. Absent: no sample vendor. Ignored in production. */
  DEMO_PARTNER_URL: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
});

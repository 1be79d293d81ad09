import { ServiceClient } from '@countersign/security';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';

const contacts = z.object({
  email: z.string().optional(),
  emailVerified: z.boolean().optional(),
  phoneNumber: z.string().optional(),
  phoneVerified: z.boolean().optional(),
});

/** Addresses of users, which the orchestrator keeps. */
@Injectable()
export class ContactClaims {
  constructor(private readonly client: ServiceClient) {}

  /** As claims; none of a user who has none. Throws ServiceUnavailable. */
  async of(appId: string, userId: string): Promise<Record<string, unknown>> {
    const path = `/internal/users/${encodeURIComponent(userId)}/contacts?appId=${encodeURIComponent(appId)}`;
    const { status, body } = await this.client.call('mfa-orchestrator', { method: 'GET', path });
    if (status === 404) return {};
    const { email, emailVerified = false, phoneNumber, phoneVerified = false } = contacts.parse(body);
    return {
      ...(email !== undefined && { email, email_verified: emailVerified }),
      ...(phoneNumber !== undefined && { phone_number: phoneNumber, phone_number_verified: phoneVerified }),
    };
  }
}

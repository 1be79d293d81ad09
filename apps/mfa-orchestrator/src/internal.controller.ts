import {
  challengeView,
  flowView,
  resolvedUser,
  resolveUserRequest,
  userContacts,
  usernameSchema,
  type ChallengeView,
  type UserContacts,
} from '@countersign/contracts';
import { refuse } from '@countersign/kernel';
import { Database } from '@countersign/persistence';
import { Access, answer, body, param, query, Returns } from '@countersign/service-kit';
import { Controller, Get, Post } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { z } from 'zod';
import { ChallengeRepository } from './challenges/challenge.repository.ts';
import { primaryContacts } from './contacts/primary-contacts.decide.ts';
import { ContactRepository } from './contacts/contact.repository.ts';
import { FlowService } from './flows/flow.service.ts';
import { resourceId } from './resource-id.ts';
import { UserRepository } from './users/user.repository.ts';

const resolveRequest = resolveUserRequest.extend({ username: usernameSchema });

const userId = z.string().regex(/^[\w-]{1,64}$/);
const ofApplication = z.strictObject({ appId: z.string().min(1).max(128) });

/** What other services ask. Every route lists its callers. */
@ApiExcludeController()
@Controller('internal')
export class InternalController {
  constructor(
    private readonly database: Database,
    private readonly users: UserRepository,
    private readonly flows: FlowService,
    private readonly challenges: ChallengeRepository,
    private readonly contacts: ContactRepository,
  ) {}

  @Post('users/resolve')
  @Access.service('token-service', 'sso-data', 'oidc-broker')
  @Returns(200, resolvedUser)
  async resolve(@body(resolveRequest) { appId, username }: z.output<typeof resolveRequest>) {
    const user = await this.users.resolve(this.database, appId, username, { vouched: true });
    const [time] = await this.database.query<{ at: string }>(
      `SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at`,
    );
    return { userId: user.id, at: time!.at };
  }

  @Get('users/:userId/contacts')
  @Access.service('oidc-broker')
  @Returns(200, userContacts)
  async contactsOf(
    @param('userId', userId) id: string,
    @query(ofApplication) { appId }: z.output<typeof ofApplication>,
  ): Promise<UserContacts> {
    const user = await this.users.findById(appId.toLowerCase(), id);
    if (!user) return answer(refuse('mfa/user-not-found'));
    const contacts = await this.contacts.ofUser(this.database, user.id);
    return primaryContacts(contacts);
  }

  @Get('flows/:id')
  @Access.service('token-service', 'oidc-broker')
  @Returns(200, flowView)
  async flow(@param('id', resourceId) id: string) {
    return (await this.flows.view(id)) ?? answer(refuse('mfa/flow-not-found'));
  }

  @Get('challenges/:id')
  @Access.service('token-service', 'oidc-broker')
  @Returns(200, challengeView)
  async challenge(@param('id', resourceId) id: string): Promise<ChallengeView> {
    const challenge = await this.challenges.find(undefined, id);
    if (!challenge) return answer(refuse('mfa/challenge-not-found'));
    const { appId, userId, usernameKey, context, status, subjectDigest } = challenge;
    return { challengeId: challenge.id, appId, userId, usernameKey, context, status, subjectDigest };
  }
}

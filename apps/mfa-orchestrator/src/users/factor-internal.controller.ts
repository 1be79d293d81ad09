import { removeFactorRequest, type RemoveFactorRequest, userFactors } from '@countersign/contracts';
import { refuse } from '@countersign/kernel';
import {
  Access,
  answer,
  type ApplicationDirectory,
  body,
  InjectDirectory,
  param,
  query,
  Returns,
} from '@countersign/service-kit';
import { Controller, Get, Post } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { z } from 'zod';
import { NO_ID } from '../resource-id.ts';
import { factorKind } from './factor.schemas.ts';
import { FactorService } from './factor.service.ts';
import { UserRepository } from './user.repository.ts';

const userId = z.string().min(1).max(64);
const ofApplication = z.strictObject({ appId: z.string().min(1).max(128) });

/** A user's factors for oidc-broker, whose page shows them to the user: it saw the login, as an access token would say. */
@ApiExcludeController()
@Controller('internal/users/:userId/factors')
export class FactorInternalController {
  constructor(
    private readonly users: UserRepository,
    private readonly factors: FactorService,
    @InjectDirectory() private readonly directory: ApplicationDirectory,
  ) {}

  @Get()
  @Access.service('oidc-broker')
  @Returns(200, userFactors)
  async list(
    @param('userId', userId) id: string,
    @query(ofApplication) { appId }: z.infer<typeof ofApplication>,
  ) {
    const user = await this.users.findById(appId, id);
    return { items: user ? await this.factors.list(user.id) : [] };
  }

  @Post('remove')
  @Access.service('oidc-broker')
  @Returns(204)
  async remove(
    @param('userId', userId) id: string,
    @body(removeFactorRequest) { appId, kind, id: factorId, acr, authTime }: RemoveFactorRequest,
  ): Promise<void> {
    const user = await this.users.findById(appId, id);
    const application = await this.directory.byId(appId);
    if (!user || !application) return answer(refuse('mfa/factor-not-found'));
    const factor = {
      kind: factorKind.parse(kind),
      id: z.uuid().safeParse(factorId).success ? factorId : NO_ID,
    };
    // no token asks: every login of the user elsewhere ends
    answer(await this.factors.remove(application, user.id, factor, { acr, authTime, jti: '' }));
  }
}

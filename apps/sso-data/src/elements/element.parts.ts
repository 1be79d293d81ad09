import { DefinitionWrites } from './definition-writes.ts';
import { ElementController } from './element.controller.ts';
import { ElementDefinitions } from './element-definitions.ts';
import { ElementRepository } from './element.repository.ts';
import { ElementService } from './element.service.ts';

/** What this feature adds to the service. */
export const elementParts = {
  controllers: [ElementController], // /v1/third-party-data-elements
  providers: [ElementService, ElementDefinitions, DefinitionWrites, ElementRepository],
};

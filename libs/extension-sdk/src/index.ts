export { memorySeenJti, type SeenJti } from '@countersign/kernel';
export { toFastifyPlugin } from './fastify-plugin.ts';
export { type InstallPlan, installPlanOf } from './install-plan.ts';
export { toNestHandler } from './nest-handler.ts';
export { toNodeHandler } from './node-handler.ts';
export { type RefusalReason, SsoRequestRefused } from './request-refused.ts';
export type { SsoAnswer, UserLevelConfig, UserLevelConfigList } from './sso-answer.ts';
export type { SsoCall } from './sso-call.ts';
export {
  defineSsoExtension,
  type SsoExtension,
  type SsoExtensionOptions,
  type ThirdPartyDataElement,
} from './sso-extension.ts';

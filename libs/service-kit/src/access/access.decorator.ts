import type { Scope, ServiceName } from '@countersign/contracts';
import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiSecurity } from '@nestjs/swagger';
import { addRouteConfig } from '../http/route-config.ts';

/** Who may call a route. */
export type AccessRule =
  | { kind: 'open'; application: boolean }
  | { kind: 'apiKey'; scope: Scope | undefined; platformOnly: boolean }
  | { kind: 'session' }
  | { kind: 'userToken'; scope: Scope | undefined; optional: boolean }
  | { kind: 'service'; callers: readonly ServiceName[] };

const ACCESS = 'countersign:access';

const route = (rule: AccessRule, ...more: MethodDecorator[]): MethodDecorator => {
  const apply = applyDecorators(SetMetadata(ACCESS, rule), addRouteConfig({ access: rule }), ...more);
  return (target, key, descriptor) => {
    const before: unknown = Reflect.getMetadata(ACCESS, descriptor.value as object);
    if (before) throw new Error(`${target.constructor.name}.${String(key)} has two access decorators`);
    apply(target, key, descriptor);
  };
};

/**
 * The access rule of a route. Every route has exactly one; a service does not start with a route that has none.
 * It is checked before the body is read, by the route that matched and never by the text of the path.
 */
export const Access = {
  /** Nobody needs a credential. With `application`, the route needs to know which one is meant (404 otherwise). */
  open: (options: { application?: boolean } = {}): MethodDecorator =>
    route({ kind: 'open', application: options.application ?? false }),

  /** An API key with `scope` (any valid key where it is undefined), of the application that is named (or of its own where none is). `platformOnly`: of `platform`. */
  apiKey: (scope: Scope | undefined, options: { platformOnly?: boolean } = {}): MethodDecorator =>
    route({ kind: 'apiKey', scope, platformOnly: options.platformOnly ?? false }, ApiSecurity('apiKey')),

  /** The user's MFA session, raw or as Bearer. */
  session: (): MethodDecorator => route({ kind: 'session' }, ApiSecurity('session')),

  /**
   * A token of the user, raw or as Bearer: of a login, or granted by an API key, with `scope` (any where it is undefined).
   * `optional`: the route also runs for whoever shows no credential; one that does not hold is 401 all the same.
   */
  userToken: (scope?: Scope, options: { optional?: boolean } = {}): MethodDecorator =>
    route(
      { kind: 'userToken', scope, optional: options.optional ?? false },
      ...(options.optional ? [ApiSecurity({})] : []),
      ApiSecurity('userToken'),
    ),

  /** A service token of one of these services; the gateway leads nobody here. */
  service: (...callers: [ServiceName, ...ServiceName[]]): MethodDecorator =>
    route({ kind: 'service', callers }, ApiSecurity('service')),
};

import { type ApplicationSettings, applicationSettings, jsonFaultIn } from '@countersign/contracts';
import { accept, type Decision, refuse } from '@countersign/kernel';

/** Settings as they were set: any part of {@link applicationSettings}, without defaults. */
export type SetSettings = Record<string, unknown>;

/** What a change of settings depends on besides the settings. */
export interface SettingsFacts {
  profile: 'production' | 'development';
  /** `acl`: the operator vouches that broker ACLs say who writes the topic of audit actions. */
  busTrust: 'acl' | undefined;
  /** Suffixes under which every first label names an application already. */
  hostSuffixes: readonly string[];
  /** The platform key asks, not a key of the application itself. */
  byPlatform: boolean;
}

type SettingsRefusal = 'request/invalid' | 'token/trust-refused' | 'access/forbidden';

const isPlain = (value: unknown): value is SetSettings =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `change` laid over `current`: objects member by member, everything else (arrays, null) replaced whole. */
export function mergeSettings(current: SetSettings, change: SetSettings): SetSettings {
  const merged = new Map(Object.entries(current));
  for (const [name, value] of Object.entries(change)) {
    const before = merged.get(name);
    merged.set(name, isPlain(before) && isPlain(value) ? mergeSettings(before, value) : value);
  }
  return Object.fromEntries(merged);
}

/**
 * The settings that hold after `change`, or why they must not: not valid (`request/invalid` with the field),
 * unsigned audit actions in production without broker ACLs (EV-01), an open registration that would tell by its
 * refusals whom the application conceals, or host names set by somebody else than the
 * platform (whoever names a host takes over its traffic).
 */
export function decideSettings(
  current: SetSettings,
  change: SetSettings,
  facts: SettingsFacts,
): Decision<{ set: SetSettings; effective: ApplicationSettings }, SettingsRefusal> {
  // looked at before it is merged and stored, which neither NUL, half a surrogate pair nor endless nesting can be
  const fault = jsonFaultIn(change);
  if (fault) {
    return refuse('request/invalid', { field: ['settings', ...fault.path].join('.'), detail: fault.fault });
  }
  const set = mergeSettings(current, change);
  const parsed = applicationSettings.safeParse(set);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return refuse('request/invalid', {
      field: ['settings', ...(issue?.path ?? [])].join('.'),
      ...(issue && { detail: issue.message }),
    });
  }
  const effective = parsed.data;
  if (
    effective.auditActions.trust === 'broker' &&
    facts.profile === 'production' &&
    facts.busTrust !== 'acl'
  ) {
    return refuse('token/trust-refused', { field: 'settings.auditActions.trust' });
  }
  if (effective.accountExistence === 'conceal' && effective.openRegistration) {
    return refuse('request/invalid', {
      field: 'settings.openRegistration',
      detail: 'an open registration tells who exists: it needs accountExistence disclose',
    });
  }
  if ('hostAliases' in change && !facts.byPlatform) {
    return refuse('access/forbidden', {
      field: 'settings.hostAliases',
      detail: 'host names are given by the platform',
    });
  }
  const unfit = effective.hostAliases.find((host) => !isAlias(host, facts.hostSuffixes));
  if (unfit !== undefined) {
    return refuse('request/invalid', {
      field: 'settings.hostAliases',
      detail: 'must be lower-case host names outside the suffixes of application hosts, and no addresses',
    });
  }
  return accept({ set, effective });
}

/** A name that can lead to an application by itself: no address, and not where the first label says it already. */
function isAlias(host: string, suffixes: readonly string[]): boolean {
  const isName =
    /^(?=.*[a-z][a-z0-9-]*$)([a-z0-9]([a-z0-9-]*[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(host);
  return isName && !suffixes.some((suffix) => host === suffix || host.endsWith(`.${suffix}`));
}

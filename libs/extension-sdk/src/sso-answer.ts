/** A value to be kept for the user: the name of an element of the plan, and what to keep. */
export interface UserLevelConfig {
  key: string;
  value: string;
}

/** Values to be added or changed for the user, all or none. */
export interface UserLevelConfigList {
  vendorId: string;
  configs: UserLevelConfig[];
}

/** What a handler answers; made by `linkOut` and `refuse` of its call. */
export class SsoAnswer {
  constructor(
    private readonly link: string,
    private readonly refusal: string | undefined,
    private readonly list: UserLevelConfigList | undefined,
  ) {}

  toJSON(): object {
    return {
      responseType: 'LINK_OUT',
      response: this.link,
      success: this.refusal === undefined,
      endUserErrorMessage: this.refusal ?? '',
      userLevelConfigList: this.list ?? null,
    };
  }
}

/** Throws TypeError for what would be refused after the way there: a link that is none, values that are no texts. */
export function linkOut(url: string | URL, list: UserLevelConfigList | null | undefined): SsoAnswer {
  const link = String(url);
  const parsed = URL.canParse(link) ? new URL(link) : undefined;
  if (!parsed || !['https:', 'http:'].includes(parsed.protocol) || parsed.username || parsed.password)
    throw new TypeError('linkOut needs an absolute http or https URL without credentials');
  return new SsoAnswer(link, undefined, list ?? undefined);
}

export function configList(vendorId: string, configs: readonly UserLevelConfig[]): UserLevelConfigList {
  for (const { key, value } of configs) {
    if (typeof key !== 'string' || typeof value !== 'string')
      throw new TypeError('key and value of a user level config are strings');
  }
  return { vendorId, configs: configs.map(({ key, value }) => ({ key, value })) };
}

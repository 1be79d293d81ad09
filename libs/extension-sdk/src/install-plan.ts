import type { SsoExtension, ThirdPartyDataElement } from './sso-extension.ts';

/** The body of `POST /v1/vendors/{vendor}/install`. */
export interface InstallPlan {
  thirdPartyDataElements: ThirdPartyDataElement[];
  uiTextPrefix?: string;
}

/** What the platform must know for `extension` to run. Installing it again changes nothing. */
export function installPlanOf({ thirdPartyDataElements, uiTextPrefix }: SsoExtension): InstallPlan {
  return {
    thirdPartyDataElements: thirdPartyDataElements.map(({ name, description }) => ({ name, description })),
    ...(uiTextPrefix !== undefined && { uiTextPrefix }),
  };
}

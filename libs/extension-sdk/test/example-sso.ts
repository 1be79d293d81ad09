import { defineSsoExtension } from '../src/index.ts';

const thirdPartyElementName = 'Session.UserSSOIdentifier';

export const exampleSso = defineSsoExtension({
  issuer: 'https://mfa.bank.example/apps/bank',
  audience: 'https://partner.example/sso',
  uiTextPrefix: 'ExampleSSO',
  thirdPartyDataElements: [{ name: thirdPartyElementName, description: 'a unique identifier for the user' }],

  handler({ vendorConfigs, userLevelConfigList, linkOut }) {
    const vendorIdentifier = vendorConfigs.get(thirdPartyElementName);
    let userConfigList = null;
    if (vendorIdentifier) {
      console.info('I got an id value: %s', vendorIdentifier);
    } else {
      const ssoId = { key: thirdPartyElementName, value: crypto.randomUUID() };
      userConfigList = userLevelConfigList([ssoId]);
    }
    return linkOut('http://www.q2ebanking.com', { userLevelConfigList: userConfigList });
  },
});

import { randomUUID } from 'node:crypto';

/** The application whose settings are tried. */
export const TARGET = 'fuzz-target';

/** Of what an application may have only so many of: after 50 the ones before again, in turn, ended or not. */
function few(make) {
  const made = [];
  let asked = 0;
  return async () => {
    if (made.length < 50) return made[made.push(await make()) - 1];
    return made[asked++ % made.length];
  };
}

/** Things by the path that names them; made anew each time, since what is tried may end them. */
export function things({ manage, appId }, handlerUrl) {
  const fresh = (kind) => `fuzz-${kind}-${randomUUID()}`;
  const makers = {
    'patrol-rules': async () =>
      (
        await manage(201, 'POST', '/v1/patrol-rules', {
          name: fresh('rule'),
          auditAction: 'Fuzz',
          requires: 'external',
        })
      ).id,
    policies: async () => {
      const name = fresh('policy');
      const definition = { offers: ['external'], satisfiedBy: [['external']] };
      await manage(200, 'PUT', `/v1/policies/${name}`, definition);
      return name;
    },
    challenges: async () => {
      const about = { username: fresh('user'), transactionIds: [randomUUID()] };
      return (await manage(201, 'POST', '/v1/challenges', { context: 'transaction', ...about })).id;
    },
    'audit-actions': async () => {
      const auditActionId = randomUUID();
      const action = { auditActionId, name: 'ChangeAddress', username: fresh('user') };
      await manage(202, 'POST', '/v1/audit-actions', action);
      return auditActionId;
    },
    'api-keys': async () => {
      const body = { appId, name: fresh('key'), scopes: ['sso:read'] };
      return (await manage(201, 'POST', '/v1/api-keys', body)).keyId;
    },
    applications: () => TARGET,
    vendors: few(async () => {
      const vendor = fresh('vendor');
      await manage(200, 'PUT', `/v1/vendors/${vendor}`, { name: 'Fuzz', handlerUrl: handlerUrl() });
      return vendor;
    }),
    sso: () => makers.vendors(),
    'third-party-data-elements': few(async () => {
      const name = `Session.${fresh('element')}`;
      await manage(200, 'PUT', `/v1/third-party-data-elements/${name}`, { description: 'Fuzz' });
      return name;
    }),
    invalidations: async () =>
      (await manage(202, 'POST', '/v1/cache/invalidate', { table: 'ThirdPartyData' })).invalidationId,
    clients: few(async () => {
      const client = { name: 'Fuzz', kind: 'confidential', redirectUris: ['https://fuzz.example/callback'] };
      return (await manage(201, 'POST', '/v1/clients', client)).client.clientId;
    }),
    scopes: few(async () => {
      const name = fresh('scope');
      await manage(200, 'PUT', `/v1/scopes/${name}`, { description: 'Fuzz' });
      return name;
    }),
    /** Without a password: hashing one for each of them would be most of the work. */
    directory: async () => {
      const username = fresh('person');
      await manage(201, 'POST', '/v1/directory/users', { username });
      return username;
    },
    'mfa-methods': () => 'email',
    users: async () => {
      const username = fresh('user');
      await manage(200, 'POST', '/fido2/v2/mgmt/grant/external-auth', { username }); // made on first sight
      return username;
    },
  };
  const users = ['users', 'profile', 'sso-identifiers', 'mfa-registrations', 'third-party-data'];
  return {
    /** The value of the first parameter of `path`; empty where any will do. */
    thing: async (path) => {
      const kind = path.split('/').findLast((part, at, all) => all[at + 1]?.startsWith('{'));
      if (path.includes('/directory/')) return makers.directory();
      if (users.includes(path.split('/').find((part) => users.includes(part)))) return makers.users();
      return makers[kind]?.();
    },
  };
}

/**
 * The boundaries of this repository as data: what is kept in one place, where that place is, and why.
 * `CONTRIBUTING.md` explains them in prose; `eslint.config.js` enforces them. Paths are relative to the root.
 */

/** Files that only run in tests. */
export const SPECS = /\.spec\.ts$|(^|\/)test\/|^apps\/e2e\//;
/** Everything a developer or an operator runs by hand; never part of a service. */
export const TOOLS = /^tools\/|^[\w.-]+\.(js|mjs)$|(^|\/)jest\.config\.js$/;
const TESTING = /^libs\/testing\//;
const KIT_ENVIRONMENT = /^libs\/service-kit\/src\/environment\.ts$/;
const MAIN = /^apps\/[\w-]+\/src\/main\.ts$/;
const SDK = /^libs\/(mfa-client|extension-sdk|extension-bridge)\//;
const PURE = /\.(decide|policy|flow|step|types)\.ts$/;

/** The libs a lib may import, by folder (and `scope:` tag). What is not below it, it does not know. */
const BELOW = {
  kernel: [],
  contracts: ['kernel'],
  persistence: ['kernel', 'contracts'],
  security: ['kernel', 'contracts', 'persistence'],
  messaging: ['kernel', 'contracts', 'persistence'],
  'service-kit': ['kernel', 'contracts', 'persistence', 'security', 'messaging'],
  testing: ['kernel', 'contracts'],
};
const layers = Object.entries(BELOW).map(([lib, below]) => {
  const others = Object.keys(BELOW).filter(
    (name) => name !== 'testing' && name !== lib && !below.includes(name),
  );
  return {
    from: new RegExp(`^@countersign/(${[...others, 'mfa-client', 'extension-sdk'].join('|')})(/|$)`),
    notIn: [new RegExp(`^libs/${lib}/`)],
    reason: `libs/${lib} may know only ${below.join(', ') || 'nothing'}: a layer that knows a higher one cannot be used, tested or replaced without it`,
  };
});

/**
 * Modules that only some files may import. `from`: the modules; `in`: where they are allowed; or `notIn`: where
 * they are not; `except`: what is exempt from the row.
 */
export const IMPORTS = [
  ...layers,
  {
    from: /^kafkajs(\/|$)/,
    in: [/^libs\/messaging\//, TESTING, SPECS, TOOLS],
    reason:
      'only libs/messaging talks to Kafka: delivery (outbox, inbox, order, retries) is decided in one place, and services run unchanged on the in-process bus',
  },
  {
    from: /^jose(\/|$)/,
    in: [/^libs\/security\//, SDK, TOOLS],
    reason:
      'only libs/security signs and verifies: the allow-list of algorithms, the exact typ and aud checks stand there once (SDKs are exempt: they run in other people’s applications and in browsers, where libs/security cannot)',
  },
  {
    from: /^(openid-client|oauth4webapi)(\/|$)/,
    in: [/^apps\/gateway\/src\/demo\//, SPECS, TOOLS],
    reason:
      'a relying party’s library brings its own jose and its own fetch: the sample one and tests stand outside, services verify in libs/security',
  },
  {
    from: /^undici(\/|$)/,
    in: [/^libs\/security\//, SPECS, TOOLS],
    reason:
      'only SafeFetch in libs/security asks addresses that strangers chose: it checks what a name resolves to, connects to exactly that, follows no redirect and limits time and size (SSRF)',
  },
  {
    from: /^(typeorm|@nestjs\/typeorm|pg)(\/|$)/,
    in: [/^libs\/persistence\//, /\.(entity|repository)\.ts$/, /\/migrations\//, TESTING, TOOLS],
    reason:
      'only .entity, .repository and migration files know how rows are stored: rules and use cases stay readable and testable without a database',
  },
  {
    from: /^(@nestjs\/|express$|typeorm|pg$|kafkajs|fastify|@fastify\/|@countersign\/(persistence|security|messaging|service-kit))/,
    notIn: [SDK],
    // libs/extension-sdk tries its adapters on the frameworks themselves
    except: SPECS,
    reason:
      'an SDK runs inside other people’s applications and in browsers: it must not pull in a server framework',
  },
  {
    from: /^node:/,
    notIn: [SDK],
    except: SPECS,
    reason: 'an SDK runs in browsers too: use what Web and Node share (crypto.subtle, fetch, URL)',
  },
  {
    from: /^(node:|@nestjs\/|fastify|@fastify\/|rxjs|typeorm|pg$|kafkajs|jose|pino|@countersign\/(persistence|security|messaging|service-kit|testing))|\.(controller|consumer|service|repository|gateway|entity|module)\.ts$/,
    notIn: [PURE],
    reason:
      'a rule takes state, input and time as data and returns values: pure files import no Node, no framework and no door, so every case can be tried in a unit test',
  },
  {
    from: /^@countersign\/testing(\/|$)/,
    in: [SPECS, TESTING, /^apps\/(standalone|e2e)\//, TOOLS],
    reason:
      'test material (fixed keys, databases that are dropped) must never be reachable from a running service',
  },
  {
    from: /^@countersign\/(mfa-orchestrator|token-service|sso-data|oidc-broker|gateway|standalone)(\/|$)/,
    in: [/^apps\/(standalone|e2e)\//, TOOLS],
    reason:
      'apps never import apps: they meet over HTTP and events, so that each can be deployed, scaled and read alone (standalone and e2e start them all)',
  },
];

const PROCESS_ENV = `MemberExpression[object.name='process'][property.name='env']`;
const FETCH = `CallExpression[callee.name='fetch']`;

/** Expressions that only some files may hold. `when`: an esquery selector. */
export const EXPRESSIONS = [
  {
    when: PROCESS_ENV,
    in: [KIT_ENVIRONMENT, MAIN, TESTING, /^apps\/standalone\//, SPECS, TOOLS],
    reason:
      'configuration is read once, checked by a schema and injected: otherwise a missing variable shows at the first request instead of at start, and two services in one process share it',
  },
  {
    when: `CallExpression[callee.object.name='Date'][callee.property.name='now'], NewExpression[callee.name='Date'][arguments.length=0], CallExpression[callee.name='Date']`,
    in: [/^libs\/kernel\/src\/clock\.ts$/, TESTING, SPECS, TOOLS],
    reason:
      'time comes from the injected Clock: tests move it instead of waiting for it, and rules get it as data',
  },
  {
    when: `MemberExpression[object.name='Math'][property.name='random']`,
    in: [],
    reason:
      'Math.random is predictable: take randomToken (libs/kernel) for secrets, and crypto.getRandomValues for jitter too, so that nobody has to ask which is which',
  },
  {
    when: `${FETCH}, CallExpression[callee.object.name='globalThis'][callee.property.name='fetch']`,
    in: [
      /^libs\/security\/src\/service-client/,
      /^apps\/gateway\//,
      SDK,
      TESTING,
      /^apps\/standalone\//,
      SPECS,
      TOOLS,
    ],
    reason:
      'the default fetch follows redirects, has no timeout and reaches internal addresses (SSRF): call services through ServiceClient, strangers through SafeFetch',
  },
  {
    when: 'AwaitExpression, ForOfStatement[await=true], FunctionDeclaration[async=true], ArrowFunctionExpression[async=true], FunctionExpression[async=true]',
    notIn: [PURE],
    reason: 'a pure file does not wait: gather facts in the .service, decide here, act there',
  },
  {
    when: `ImportSpecifier[imported.name=/^(systemClock|randomToken|uuidv7)$/]`,
    notIn: [PURE],
    reason: 'a pure file has no clock and no chance: ids and time come in as data',
  },
  {
    when: `MemberExpression[object.name=/^(describe|it|test)$/][property.name=/^(only|skip|todo)$/], CallExpression[callee.name=/^(fdescribe|fit|xdescribe|xit|xtest)$/]`,
    in: [TESTING],
    reason:
      'a test that is left out proves nothing; suites that need Kafka or a browser use describeKafka and describeBrowser, which say what they skip',
  },
  {
    when: `CallExpression[callee.object.name='console']`,
    in: [MAIN, TESTING, /^apps\/(standalone|e2e)\//, SPECS, TOOLS],
    reason: 'logs go through the service’s logger, which redacts credentials and carries the correlation id',
  },
];

/** libs/testing is for the specs of everything above contracts; non-spec files are refused by IMPORTS. */
const MAY_TEST = ['persistence', 'security', 'messaging', 'service-kit', 'sdk'];
const SERVICES = ['scope:mfa', 'scope:token', 'scope:sso', 'scope:oidc', 'scope:gateway'];

/** `depConstraints` of @nx/enforce-module-boundaries: the same order on the project graph, cycles included. */
export const depConstraints = [
  ...Object.entries({ ...BELOW, sdk: ['kernel', 'contracts', 'sdk'] }).map(([lib, below]) => ({
    sourceTag: `scope:${lib}`,
    onlyDependOnLibsWithTags: [...below, ...(MAY_TEST.includes(lib) ? ['testing'] : [])].map(
      (name) => `scope:${name}`,
    ),
  })),
  ...SERVICES.map((sourceTag) => ({ sourceTag, onlyDependOnLibsWithTags: ['type:lib'] })),
  ...['scope:standalone', 'scope:e2e'].map((sourceTag) => ({
    sourceTag,
    onlyDependOnLibsWithTags: ['type:lib', 'type:app'],
  })),
];

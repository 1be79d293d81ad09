/** Each boundary has a negative test: a lint rule that finds nothing looks exactly like clean code. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Linter } from 'eslint';
import tseslint from 'typescript-eslint';
import countersign from './plugin.mjs';

const rules = Object.fromEntries(
  Object.keys(countersign.rules).map((name) => [`countersign/${name}`, 'error']),
);
const config = [
  {
    files: ['**/*.ts', '**/*.mjs'],
    languageOptions: { parser: tseslint.parser },
    plugins: { countersign },
    rules,
  },
];
const root = fileURLToPath(new URL('../../', import.meta.url));
const lint = (path, code) =>
  new Linter({ cwd: root }).verify(code, config, { filename: root + path }).map((found) => found.message);

const cases = [
  // rule, refused in, allowed in, code
  [
    'kafkajs only in libs/messaging',
    'apps/sso-data/src/a.ts',
    'libs/messaging/src/a.ts',
    `import { Kafka } from 'kafkajs';`,
  ],
  [
    'types of kafkajs too',
    'apps/sso-data/src/a.ts',
    'libs/messaging/src/a.ts',
    `type K = import('kafkajs').Kafka;`,
  ],
  [
    'jose only in libs/security',
    'apps/token-service/src/keys/key.service.ts',
    'libs/mfa-client/src/a.ts',
    `export * from 'jose';`,
  ],
  [
    'jose in SDKs too',
    'apps/sso-data/src/launch/launch.gateway.ts',
    'libs/extension-sdk/src/a.ts',
    `import { jwtVerify } from 'jose';`,
  ],
  [
    'openid-client only in the sample relying party',
    'apps/oidc-broker/src/providers/providers.ts',
    'apps/gateway/src/demo/rp-flow.ts',
    `import * as oidc from 'openid-client';`,
  ],
  [
    'undici only in libs/security',
    'apps/sso-data/src/launch/launch.gateway.ts',
    'libs/security/src/safe-fetch.ts',
    `import { request } from 'undici';`,
  ],
  [
    'typeorm only beside rows',
    'apps/sso-data/src/a/a.service.ts',
    'apps/sso-data/src/a/a.repository.ts',
    `import 'typeorm';`,
  ],
  [
    'an SDK has no framework',
    'libs/mfa-client/src/a.ts',
    'libs/service-kit/src/a.ts',
    `import { Module } from '@nestjs/common';`,
  ],
  [
    'an SDK has none, but tries its adapters on them',
    'libs/extension-sdk/src/a.ts',
    'libs/extension-sdk/src/a.int.spec.ts',
    `import express from 'express';`,
  ],
  [
    'an SDK runs in browsers',
    'libs/mfa-client/src/a.ts',
    'libs/mfa-client/src/a.unit.spec.ts',
    `import 'node:crypto';`,
  ],
  [
    'pure files import no Node',
    'apps/x/src/a.decide.ts',
    'apps/x/src/a.service.ts',
    `import { x } from 'node:crypto';`,
  ],
  [
    'pure files import no door',
    'apps/x/src/a.policy.ts',
    'apps/x/src/a.service.ts',
    `import { R } from './a.repository.ts';`,
  ],
  [
    'pure files do not wait',
    'apps/x/src/a.flow.ts',
    'apps/x/src/a.service.ts',
    `export const f = async () => { await g(); };`,
  ],
  [
    'pure files have no chance',
    'apps/x/src/a.step.ts',
    'apps/x/src/a.service.ts',
    `import { uuidv7 } from '@countersign/kernel';`,
  ],
  [
    'test material stays in tests',
    'apps/x/src/a.ts',
    'apps/x/src/a.int.spec.ts',
    `import { testKeys } from '@countersign/testing';`,
  ],
  [
    'apps never import apps',
    'apps/gateway/src/a.ts',
    'apps/standalone/src/a.ts',
    `import('@countersign/token-service');`,
  ],
  [
    'process.env in one place',
    'apps/x/src/a.ts',
    'libs/service-kit/src/environment.ts',
    `f(process.env.HOME);`,
  ],
  ['the clock in one place', 'apps/x/src/a.ts', 'libs/kernel/src/clock.ts', `f(new Date());`],
  ['Date.now too', 'libs/messaging/src/a.ts', 'libs/testing/src/a.ts', `f(Date.now());`],
  ['no default fetch', 'apps/x/src/a.ts', 'libs/security/src/service-client.ts', `fetch(url);`],
  [
    'no test left out',
    'apps/x/src/a.unit.spec.ts',
    'libs/testing/src/describe-kafka.ts',
    `it.skip('x', () => {});`,
  ],
  ['no console', 'apps/x/src/a.ts', 'apps/standalone/src/a.ts', `console.log(1);`],
];

for (const [lib, higher] of [
  ['kernel', 'contracts'],
  ['contracts', 'persistence'],
  ['persistence', 'security'],
  ['security', 'messaging'],
  ['messaging', 'security'],
  ['testing', 'persistence'],
])
  test(`libs/${lib} does not know ${higher}`, () => {
    const code = `import '@countersign/${higher}';`;
    assert.match(lint(`libs/${lib}/src/a.ts`, code)[0], /may know only/);
    assert.deepEqual(lint('libs/service-kit/src/a.ts', code), []);
  });

for (const [name, refused, allowed, code] of cases) {
  test(name, () => {
    assert.notDeepEqual(lint(refused, code), [], `${refused} must be refused`);
    assert.deepEqual(lint(allowed, code), [], `${allowed} must be allowed`);
  });
}

test('Math.random nowhere, not even in specs and tools', () => {
  for (const path of ['apps/x/src/a.ts', 'apps/x/src/a.unit.spec.ts', 'tools/a.mjs', 'libs/testing/src/a.ts'])
    assert.equal(lint(path, 'Math.random();').length, 1);
});

test('new Date(value) is not the clock', () =>
  assert.deepEqual(lint('apps/x/src/a.ts', 'f(new Date(row.at));'), []));

test('the message carries the reason', () => {
  assert.match(lint('apps/x/src/a.ts', `import 'kafkajs';`)[0], /in-process bus/);
});

test('a suppression says why', () => {
  const [bare, explained] = ['', ' -- browsers have no such API'].map((why) =>
    lint('apps/x/src/a.ts', `// eslint-disable-next-line countersign/only-there${why}\nMath.random();`),
  );
  assert.equal(bare.length, 1);
  assert.deepEqual(explained, []);
});

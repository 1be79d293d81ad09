import { readFileSync } from 'node:fs';
import { gatewayEnvironment } from '../../apps/gateway/src/settings.ts';
import { messageEnvironment } from '../../apps/mfa-orchestrator/src/settings.ts';
import { oidcBrokerEnvironment } from '../../apps/oidc-broker/src/settings.ts';
import { ssoDataEnvironment } from '../../apps/sso-data/src/settings.ts';
import { doorEnvironment, serviceEnvironment } from '../../libs/service-kit/src/settings.ts';
import { page, table } from './markdown.mjs';

const SOURCE = 'libs/service-kit/src/settings.ts';
const SOURCES = [
  SOURCE,
  ...['gateway', 'mfa-orchestrator', 'sso-data', 'oidc-broker'].map((app) => `apps/${app}/src/settings.ts`),
];

/** The sentence above each key in the source: it is written for whoever sets the variable, so it is shown to them. */
function sentences() {
  const texts = SOURCES.map((path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'));
  const source = texts.join('\n');
  const found = source.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*([A-Z][A-Z0-9_]+):/g);
  return new Map([...found].map(([, text, key]) => [key, text.replace(/\s*\n\s*\*\s?/g, ' ').trim()]));
}

/** What is inside optional, default and pipe wrappers of a Zod type. */
function innermost(type) {
  const { innerType, in: input } = type.def;
  return innerType ? innermost(innerType) : input ? innermost(input) : type;
}

const choices = (type) =>
  innermost(type)
    .options?.map((option) => `\`${option}\``)
    .join(', ') ?? '';

function preset(type) {
  if (type.def.type === 'optional') return 'optional';
  if (type.def.type !== 'default') return '**required**';
  const value = type.def.defaultValue;
  return `\`${Array.isArray(value) ? value.join(',') : value}\``.replace('``', 'empty');
}

function rows(shape) {
  const said = sentences();
  return Object.entries(shape).map(([key, type]) => [
    `\`${key}\``,
    preset(type),
    choices(type),
    said.get(key) ?? '',
  ]);
}

/** docs/generated/env.md: every environment variable of a service. */
export function env() {
  const head = ['variable', 'default', 'one of', 'is'];
  const own = Object.fromEntries(
    Object.entries(serviceEnvironment.shape).filter(([key]) => !(key in doorEnvironment.shape)),
  );
  return page(
    'Environment',
    SOURCES.join('`, `'),
    'Checked before anything starts; an error names the variable and the reason, never the value. `FOO_FILE` names a file that holds `FOO`. An empty value counts as absent. Lists are separated by commas.',
    `## Every process\n\n${table(head, rows(doorEnvironment.shape))}`,
    `## Every service (not the gateway)\n\n${table(head, rows(own))}`,
    `## gateway\n\n${table(head, rows(gatewayEnvironment.shape))}`,
    `## mfa-orchestrator\n\n${table(head, rows(messageEnvironment.shape))}`,
    `## sso-data\n\n${table(head, rows(ssoDataEnvironment.shape))}`,
    `## oidc-broker\n\n${table(head, rows(oidcBrokerEnvironment.shape))}`,
  );
}

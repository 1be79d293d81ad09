/** Who tries which operations of which service. */
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'refused_without_credential', // ours, in hooks.py
];
/** An event stream does not end. */
const ENDLESS = ['--exclude-path', '/v1/challenges/stream'];
const PLATFORM = '^/v1/(applications|api-keys)';
const only = (expression) => ['--include-path-regex', expression];

/**
 * Every pass: { service, as (see hooks.py), url, share of the time, more options }. Public routes go through the
 * gateway, internal ones, which it leads nobody to, straight to the service.
 */
export function passes({ gateway, services }, appId) {
  const app = `${gateway}/apps/${appId}`;
  const platform = `${gateway}/apps/platform`;
  const nobody = ['--phases', 'fuzzing', '--mode', 'positive'];
  const all = ['--phases', 'examples,coverage,fuzzing'];
  const internal = (service) => ({
    ...{ service, as: service, url: services[service].url, share: 0.05 },
    options: [...all, ...only('^/internal/')],
  });
  return [
    {
      ...{ service: 'mfa-orchestrator', as: 'application', url: app, share: 0.5 },
      options: [...all, ...ENDLESS],
    },
    {
      ...{ service: 'token-service', as: 'application', url: app, share: 0.12 },
      options: [...all, ...only('^/(fido2|v1)/'), '--exclude-path-regex', PLATFORM],
    },
    {
      ...{ service: 'token-service', as: 'platform', url: platform, share: 0.08 },
      options: [...all, ...only(PLATFORM)],
    },
    {
      ...{ service: 'sso-data', as: 'application', url: app, share: 0.14 },
      options: [...all, ...only('^/v1/')],
    },
    {
      ...{ service: 'oidc-broker', as: 'application', url: app, share: 0.14 },
      options: [...all, ...only('^/v1/')],
    },
    internal('token-service'),
    internal('sso-data'),
    ...['mfa-orchestrator', 'token-service', 'sso-data', 'oidc-broker'].map((service) => ({
      ...{ service, as: 'nobody', url: services[service].url + `/apps/${appId}`, share: 0.04 },
      options: [...nobody, ...ENDLESS],
    })),
  ];
}

/** The command line of a pass of `seconds` that begins with `seed`. */
export const commandLine = ({ url, options }, { document, seconds, seed }) => [
  ...['run', document, '--url', url, ...options],
  ...['--checks', CHECKS.join(','), '--seed', String(seed), '--max-time', String(seconds)],
  ...['--generation-database', 'none', '--request-timeout', '10', '--warnings', 'off', '--no-color'],
];

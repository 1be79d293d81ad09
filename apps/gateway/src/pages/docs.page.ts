import { SERVED } from '../routes.table.ts';
import { page } from './html.ts';

/** The page at `/docs`: Swagger UI with a drop-down over the services. */
export const docsPage = (): string =>
  page('Countersign API', '<div id="swagger-ui"></div>', [
    '/docs/swagger-ui-bundle.js',
    '/docs/swagger-ui-standalone-preset.js',
    '/docs/start.js',
  ]).replace('</head>', '<link rel="stylesheet" href="/docs/swagger-ui.css">\n</head>');

/** The script that starts Swagger UI; a file of its own, because the page's policy forbids scripts inside it. */
export const startScript = (): string => {
  const urls = SERVED.map((name) => ({ name, url: `/openapi/${name}.json` }));
  return `const asked = new URLSearchParams(location.search).get('service');
window.ui = SwaggerUIBundle({
  urls: ${JSON.stringify(urls)},
  'urls.primaryName': ${JSON.stringify(SERVED)}.includes(asked) ? asked : ${JSON.stringify(SERVED[0])},
  dom_id: '#swagger-ui',
  layout: 'StandaloneLayout',
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
  // its picture styles itself inline, which the page's policy forbids
  plugins: [() => ({ components: { Logo: () => null } })],
  validatorUrl: null,
  persistAuthorization: false,
});
`;
};

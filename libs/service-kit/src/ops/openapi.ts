import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';
import type { ProcessName } from '../platform.ts';
import { withErrorAnswers } from './openapi-errors.ts';
import { toOpenApiSchema } from './openapi-schema.ts';

/** The service's OpenAPI 3.1 document, made of its routes and schemas. */
export function describeApi(
  app: NestFastifyApplication,
  name: ProcessName,
  description: string,
): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle(`Countersign ${name}`)
    .setDescription(description)
    .setVersion('1')
    .addServer('/', 'The application comes from the host name')
    .addServer('/apps/{app}', 'The application comes from the path', {
      app: { default: 'demo', description: 'Id of the application' },
    })
    .addSecurity('apiKey', {
      type: 'http',
      scheme: 'bearer',
      description: 'API key; also as user name of HTTP Basic, without password',
    })
    .addSecurity('session', {
      type: 'apiKey',
      in: 'header',
      name: 'Authorization',
      description: 'MFA session, raw or after Bearer',
    })
    .addSecurity('userToken', {
      type: 'apiKey',
      in: 'header',
      name: 'Authorization',
      description: 'Access token of the user, or a grant; raw or after Bearer',
    })
    .addSecurity('service', {
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
      description: 'Service token',
    })
    .build();
  const made = SwaggerModule.createDocument(app, config, { standardSchemaConverter: toOpenApiSchema });
  return withErrorAnswers(made);
}

/** `/openapi.json` */
export function addOpenApiRoute(fastify: FastifyInstance, document: () => OpenAPIObject): void {
  let text: string | undefined;
  fastify.get(
    '/openapi.json',
    { config: { access: { kind: 'open', application: false } } },
    (_request, reply) => {
      text ??= JSON.stringify(document());
      return reply.header('content-type', 'application/json; charset=utf-8').send(text);
    },
  );
}

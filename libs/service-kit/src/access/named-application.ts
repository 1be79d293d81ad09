import type { Application } from '@countersign/contracts';
import type { FastifyRequest } from 'fastify';
import { ProblemException } from '../problems/problem-exception.ts';
import type { ApplicationDirectory } from './application-directory.ts';
import { readHost } from './application-name.ts';

/**
 * The id of the application that a request names by path prefix or Host ('' for a name that is none), or undefined
 * where it names none. Both and different: 400. No other header has a say.
 */
export async function namedApplicationId(
  request: FastifyRequest,
  suffixes: readonly string[],
  directory: ApplicationDirectory,
): Promise<string | undefined> {
  const byPath = request.raw.namedApplication;
  const host = readHost(request.headers.host, suffixes);
  const byHost = host && ('appId' in host ? host.appId : (await directory.byHost(host.alias))?.appId);
  if (byPath !== undefined && byHost !== undefined && byPath !== byHost)
    throw new ProblemException('request/application-ambiguous');
  return byPath ?? byHost;
}

/** The application a request names. None, or one that does not exist: 404. */
export async function namedApplication(
  request: FastifyRequest,
  suffixes: readonly string[],
  directory: ApplicationDirectory,
): Promise<Application> {
  const appId = await namedApplicationId(request, suffixes, directory);
  const application = appId ? await directory.byId(appId) : undefined;
  if (!application) throw new ProblemException('access/application-not-found');
  return application;
}

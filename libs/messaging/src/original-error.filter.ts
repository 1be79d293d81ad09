import { Catch, type RpcExceptionFilter } from '@nestjs/common';
import { type Observable, throwError } from 'rxjs';

/**
 * Hands on what a handler threw. Nest's own filter replaces it by "Internal server error", after which the worker
 * could not tell what to retry from what is dead.
 */
@Catch()
export class OriginalErrorFilter implements RpcExceptionFilter<unknown> {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}

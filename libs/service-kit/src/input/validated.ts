import { Body, type PipeTransform, Param, Query, StandardSchemaValidationPipe } from '@nestjs/common';
import type { z } from 'zod';
import { ProblemException } from '../problems/problem-exception.ts';

/** The body, checked by `schema`. On `/v1` and `/internal` schemas are strict; on `/fido2/v2` unknown members are dropped. */
export const body = (schema: z.ZodType): ParameterDecorator => Body({ schema });

/** The query, checked by `schema` (values are texts: coerce). */
export const query = (schema: z.ZodType): ParameterDecorator => Query({ schema });

/** One path parameter, checked by `schema`. */
export const param = (name: string, schema: z.ZodType): ParameterDecorator => Param(name, { schema });

interface Issue {
  message: string;
  path?: readonly (PropertyKey | { key: PropertyKey })[] | undefined;
}

/** Makes the answer to input that does not fit: the first issue, the field it is about. Messages of schemas hold no values. */
export function invalidInput(issues: readonly Issue[]): ProblemException {
  const [first] = issues;
  const path = (first?.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part));
  const unknownKey = first && (first as { code?: string; keys?: string[] }).code === 'unrecognized_keys';
  const keys = unknownKey ? ((first as { keys?: string[] }).keys ?? []).slice(0, 1) : [];
  const field = [...path, ...keys].join('.').slice(0, 200);
  const detail = unknownKey ? 'is not a known field' : first?.message;
  return new ProblemException('request/invalid', {
    ...(detail !== undefined && { detail: detail.slice(0, 300) }),
    ...(field !== '' && { field }),
  });
}

/** Nest's pipe for Standard Schemas with our problem. */
export const validationPipe = (): PipeTransform =>
  new StandardSchemaValidationPipe({ exceptionFactory: (issues) => invalidInput(issues) });

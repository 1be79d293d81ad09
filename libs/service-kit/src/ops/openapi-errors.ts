import type { OpenAPIObject } from '@nestjs/swagger';
import { speaksLoginId, speaksOAuth } from '../problems/problem-body.ts';

type Json = Record<string, unknown>;
interface Operation {
  security?: Record<string, string[]>[];
  responses: Record<string, Json>;
}

const text = { type: 'string' };
/** What answers an error, by how clients of the path read it; see `errorAnswer`. */
const SCHEMAS = {
  Problem: {
    type: 'object',
    description: 'RFC 9457; the codes are listed at /docs/errors',
    required: ['type', 'title', 'status', 'code'],
    properties: {
      type: text,
      title: text,
      status: { type: 'integer' },
      code: text,
      detail: text,
      field: { ...text, description: 'The input field it is about' },
    },
  },
  AppError: {
    type: 'object',
    description: 'An error as LoginID’s clients read it',
    required: ['msg', 'msgCode'],
    properties: {
      msg: text,
      msgCode: { enum: ['bad_request', 'unauthorized', 'forbidden', 'not_found', 'internal_error'] },
    },
  },
  OAuthError: {
    type: 'object',
    description: 'RFC 6749 §5.2',
    required: ['error'],
    properties: { error: text, error_description: text },
  },
} as const;

/**
 * Adds what every operation may answer besides its own: refusals and faults, in the shape that clients of its path
 * read. Changes `document` and answers it.
 */
export function withErrorAnswers(document: OpenAPIObject): OpenAPIObject {
  const used = new Set<keyof typeof SCHEMAS>();
  for (const [path, operations] of Object.entries(document.paths)) {
    const shape = speaksOAuth(path) ? 'OAuthError' : speaksLoginId(path) ? 'AppError' : 'Problem';
    used.add(shape);
    for (const operation of Object.values(operations as Record<string, Operation>))
      addTo(operation, shape === 'Problem' ? 'application/problem+json' : 'application/json', shape);
  }
  const components = (document.components ??= {});
  const own = Object.fromEntries([...used].map((name) => [name, SCHEMAS[name]]));
  components.schemas = { ...components.schemas, ...own } as NonNullable<typeof components.schemas>;
  return document;
}

function addTo({ security = [], responses }: Operation, contentType: string, shape: string): void {
  const error = { $ref: `#/components/schemas/${shape}` };
  const add = (status: string, description: string): void => {
    const before = responses[status] as { description: string; content?: Record<string, Json> } | undefined;
    const own = before?.content?.[contentType]?.schema;
    responses[status] = {
      description: before?.description || description,
      content: { ...before?.content, [contentType]: { schema: own ? { anyOf: [own, error] } : error } },
    };
  };
  if (security.length > 0) {
    add('401', 'No valid credential');
    add('403', 'The credential does not allow this');
  }
  // a status that the operation names itself may also be answered with the error of all others
  for (const status of Object.keys(responses)) if (/^4(?!01|03)\d\d$/.test(status)) add(status, '');
  add('4XX', 'Refused; the body says why');
  add('5XX', 'A fault of ours; 503: not available for the moment');
}

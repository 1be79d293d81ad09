import { Environment } from '@marcbachmann/cel-js';
import { RE2JS } from 're2js';
import { calledNames, costOf, largestCollection, type CelNode } from './cel-cost.ts';

/** Most steps one evaluation may take. */
const COST_LIMIT = 1_000_000;
/** Longest expression, in characters. */
export const EXPRESSION_MAX = 2_000;

/** What an expression sees. Numbers of the event are doubles, as CEL defines for JSON. */
export type CelInput = Record<string, unknown>;

const VARIABLES = ['event', 'details', 'name', 'username', 'sessionId', 'transactionId', 'clientAddress'];

const environment = VARIABLES.reduce(
  (env, name) => env.registerVariable(name, 'dyn'),
  new Environment({
    limits: { maxAstNodes: 300, maxDepth: 30, maxListElements: 200, maxMapEntries: 50, maxCallArguments: 8 },
  }),
).registerFunction('string.re2matches(string): bool', (text: string, pattern: string) =>
  RE2JS.compile(pattern).matcher(text).find(),
);

/** String literals of CEL (raw, triple-quoted, plain), or a call of `matches` outside of them. */
const LITERAL_OR_MATCHES =
  /[rR]?"""[\s\S]*?"""|[rR]?'''[\s\S]*?'''|[rR]"[^"\n]*"|[rR]'[^'\n]*'|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\.\s*matches\s*(?=\()/g;

/** CEL's `matches` is RE2; the parser's own one is JavaScript's, which a pattern can stall (ReDoS). */
const withLinearRegex = (source: string): string =>
  source.replace(LITERAL_OR_MATCHES, (found) => (found.startsWith('.') ? '.re2matches' : found));

type Compiled = { evaluate: (input: CelInput) => unknown; ast: CelNode };
const compiled = new Map<string, Compiled>();

function compile(source: string): Compiled {
  const known = compiled.get(source);
  if (known) return known;
  if (source.length > EXPRESSION_MAX) throw new Error(`is longer than ${EXPRESSION_MAX} characters`);
  const parsed = environment.parse(withLinearRegex(source));
  const checked = parsed.check();
  if (!checked.valid) throw checked.error ?? new Error('has a type error');
  if (checked.type !== 'bool' && checked.type !== 'dyn')
    throw new Error(`must be a bool, is ${checked.type}`);
  const ast = parsed.ast as unknown as CelNode;
  if (calledNames(ast).includes('matches')) throw new Error('matches() must be called on a string');
  const made = { evaluate: (input: CelInput) => parsed(input) as unknown, ast };
  if (compiled.size >= 1_000) compiled.clear();
  compiled.set(source, made);
  return made;
}

/** Why `source` is no usable expression, in a sentence, or undefined if it is one. */
export function expressionFault(source: string): string | undefined {
  try {
    compile(source);
    return undefined;
  } catch (error) {
    return (error as Error).message.split('\n')[0];
  }
}

/**
 * Whether `source` holds for `input`. Anything but `true` or `false` is an error: a missing member, a type that
 * does not fit, a cost above the limit. The caller decides what an error means (for Patrol: the challenge opens).
 */
export function evaluateExpression(source: string, input: CelInput): { result: boolean } | { error: string } {
  try {
    const { evaluate, ast } = compile(source);
    if (costOf(ast, largestCollection(input)) > COST_LIMIT) return { error: 'cost limit' };
    const result = evaluate(input);
    return typeof result === 'boolean' ? { result } : { error: 'not a bool' };
  } catch (error) {
    return { error: (error as Error).message.split('\n')[0] ?? 'failed' };
  }
}

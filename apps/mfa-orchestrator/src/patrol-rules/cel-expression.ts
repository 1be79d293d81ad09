import { Environment } from '@marcbachmann/cel-js';
import { RE2JS } from 're2js';
import { costOf, forbiddenCall, measureOf, type CelNode, type Measure } from './cel-cost.ts';

/** Most steps that all expressions together may take for one event: some tenths of a second. */
export const COST_LIMIT = 500_000;
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
  const forbidden = forbiddenCall(ast);
  if (forbidden) throw new Error(`${forbidden}() is not available here`);
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

/** What an evaluation came to, and the steps it was charged. An error is never `false`. */
export type Evaluation = { cost: number } & ({ result: boolean } | { error: string });

/**
 * Whether `source` holds for `input`, whose size is `measure`. Anything but `true` or `false` is an error: a missing
 * member, a type that does not fit, a cost above `budget`. The caller decides what an error means (for Patrol: the
 * challenge opens).
 */
export function evaluateExpression(
  source: string,
  input: CelInput,
  measure: Measure = measureOf(input),
  budget = COST_LIMIT,
): Evaluation {
  let cost = 0;
  try {
    const { evaluate, ast } = compile(source);
    cost = costOf(ast, measure);
    if (cost > budget) return { error: 'cost limit', cost: 0 };
    const result = evaluate(input);
    return typeof result === 'boolean' ? { result, cost } : { error: 'not a bool', cost };
  } catch (error) {
    return { error: (error as Error).message.split('\n')[0] ?? 'failed', cost };
  }
}

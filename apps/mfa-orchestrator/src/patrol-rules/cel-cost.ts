/** A node of the CEL syntax tree, as the parser gives it. */
export interface CelNode {
  op: string;
  args: unknown;
}

/** How large what an expression looks at is: every step is charged by it. */
export interface Measure {
  /** Members of the largest list or map. */
  largest: number;
  /** Members of all lists and maps together. */
  members: number;
  /** Characters of all texts together. */
  text: number;
}

const LOOPS = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);
/** Characters a plain text function passes in the time of one step; a regular expression is slower by far. */
const TEXT_PER_STEP = 64;
const REGEX_STEPS_PER_CHARACTER = 4;
const TEXT_FUNCTIONS = new Set(['contains', 'startsWith', 'endsWith', 'substring', 'trim', 'string', 'size']);

/** What an expression may call. What makes lists out of texts, or texts out of lists, is not among it. */
const CALLABLE = new Set([
  ...LOOPS,
  ...TEXT_FUNCTIONS,
  ...['has', 're2matches', 'int', 'uint', 'double', 'bool', 'dyn', 'type', 'timestamp', 'duration'],
  ...['getFullYear', 'getMonth', 'getDate', 'getDayOfMonth', 'getDayOfWeek', 'getDayOfYear', 'getHours'],
  ...['getMinutes', 'getSeconds', 'getMilliseconds'],
]);

const isNode = (value: unknown): value is CelNode =>
  typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
const nodesIn = (args: unknown): CelNode[] => (Array.isArray(args) ? args.flat(4) : [args]).filter(isNode);
const sum = (numbers: number[]): number => numbers.reduce((a, b) => a + b, 0);

const calledName = ({ op, args }: CelNode): string | undefined =>
  (op === 'rcall' || op === 'call') && Array.isArray(args) ? String(args[0]) : undefined;

/** The first function that is called in `node` and may not be, if any. */
export function forbiddenCall(node: CelNode): string | undefined {
  const own = calledName(node);
  if (own !== undefined && !CALLABLE.has(own)) return own;
  for (const child of nodesIn(node.args)) {
    const inner = forbiddenCall(child);
    if (inner !== undefined) return inner;
  }
  return undefined;
}

/** How many members a list can have that `node` yields. */
function rangeOf(node: CelNode, measure: Measure): number {
  const parts = nodesIn(node.args);
  if (node.op === '+') return sum(parts.map((part) => rangeOf(part, measure)));
  if (node.op === '?:') return Math.max(...parts.map((part) => rangeOf(part, measure)));
  if (node.op === 'list') return Math.max(parts.length, ...parts.map((part) => rangeOf(part, measure)), 1);
  const loop = LOOPS.has(calledName(node) ?? '');
  return loop && parts[0] ? rangeOf(parts[0], measure) : Math.max(1, measure.largest);
}

/** Steps of `node` itself, without what is inside it. */
function ownCost(node: CelNode, parts: CelNode[], { largest, members, text }: Measure): number {
  const name = calledName(node);
  if (name === 're2matches') return 1 + text * REGEX_STEPS_PER_CHARACTER;
  if (name !== undefined && TEXT_FUNCTIONS.has(name)) return 1 + text / TEXT_PER_STEP;
  switch (node.op) {
    case '==':
    case '!=':
      // against a literal it ends at the first difference; otherwise it may walk both sides whole
      return parts.some(({ op }) => op === 'value') ? 1 : 1 + members + text / TEXT_PER_STEP;
    case 'in':
      return 1 + largest + text / TEXT_PER_STEP;
    case '+':
      return 1 + largest + text / TEXT_PER_STEP;
    default:
      return 1;
  }
}

/**
 * An upper bound on the steps an expression takes: a loop multiplies what is inside it by the length of its range.
 * Bounded before evaluation, because JavaScript cannot be interrupted.
 */
export function costOf(node: CelNode, measure: Measure): number {
  const parts = nodesIn(node.args);
  const own = ownCost(node, parts, measure);
  const [range, ...inside] = parts;
  if (range && LOOPS.has(calledName(node) ?? '')) {
    const each = sum(inside.map((part) => costOf(part, measure))) + 1;
    return own + costOf(range, measure) + rangeOf(range, measure) * each;
  }
  return own + sum(parts.map((part) => costOf(part, measure)));
}

/** Measures `value`, without recursion. */
export function measureOf(value: unknown): Measure {
  const measure: Measure = { largest: 0, members: 0, text: 0 };
  const open = [value];
  while (open.length > 0) {
    const item = open.pop();
    if (typeof item === 'string') measure.text += item.length;
    if (typeof item !== 'object' || item === null) continue;
    const members = Object.values(item) as unknown[];
    measure.members += members.length;
    measure.largest = Math.max(measure.largest, members.length);
    open.push(...members.slice(0, 100_000));
    for (const key of Array.isArray(item) ? [] : Object.keys(item)) measure.text += key.length;
  }
  return measure;
}

/** A node of the CEL syntax tree, as the parser gives it. */
export interface CelNode {
  op: string;
  args: unknown;
}

const COMPREHENSIONS = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

const isNode = (value: unknown): value is CelNode =>
  typeof value === 'object' && value !== null && 'op' in value && 'args' in value;

const childrenOf = (args: unknown): CelNode[] => (Array.isArray(args) ? args.flat(3) : [args]).filter(isNode);

/** Names of everything that is called in `node`. */
export function calledNames(node: CelNode): string[] {
  const own =
    (node.op === 'rcall' || node.op === 'call') && Array.isArray(node.args) ? [String(node.args[0])] : [];
  return [...own, ...childrenOf(node.args).flatMap(calledNames)];
}

/**
 * An upper bound on the steps an expression takes: each comprehension multiplies what is inside it by the size of
 * the largest list or map of the event. Bounded before evaluation, because JavaScript cannot be interrupted.
 */
export function costOf(node: CelNode, largest: number): number {
  const inner = childrenOf(node.args).reduce((sum, child) => sum + costOf(child, largest), 1);
  const loops = node.op === 'rcall' && Array.isArray(node.args) && COMPREHENSIONS.has(String(node.args[0]));
  return loops ? inner * Math.max(1, largest) : inner;
}

/** Number of members of the largest list or map anywhere in `value`. */
export function largestCollection(value: unknown): number {
  let largest = 0;
  const open = [value];
  for (let item = open.pop(); open.length > 0 || item !== undefined; item = open.pop()) {
    if (typeof item !== 'object' || item === null) continue;
    const members = Object.values(item);
    largest = Math.max(largest, members.length);
    for (const member of members) if (typeof member === 'object' && member !== null) open.push(member);
  }
  return largest;
}

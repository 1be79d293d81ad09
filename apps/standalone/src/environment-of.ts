import type { Environment } from '@countersign/service-kit';

const prefixOf = (program: string): string => `${program.toUpperCase().replaceAll('-', '_')}__`;

/**
 * The variables of one program out of those of a process that is several: what is the same for all stands under its
 * own name, a program's own behind its prefix (`TOKEN_SERVICE__PORT`). Another program's are not seen.
 */
export function environmentOf(program: string, env: Environment): Environment {
  const prefix = prefixOf(program);
  const shared = Object.entries(env).filter(([name]) => !name.includes('__'));
  const own = Object.entries(env)
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, value]) => [name.slice(prefix.length), value] as const);
  return Object.fromEntries([...shared, ...own]);
}

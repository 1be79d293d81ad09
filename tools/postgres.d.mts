import type { Supervised, Supervisor } from './supervisor.mjs';

export function startPostgres(options: {
  directory: string;
  port: number;
  password: string;
  durable?: boolean;
  log: string;
  supervisor: Supervisor;
}): Promise<Supervised & { url: string; port: number }>;

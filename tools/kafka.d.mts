import type { Supervised, Supervisor } from './supervisor.mjs';

export function startKafka(options: {
  directory: string;
  port: number;
  controllerPort: number;
  supervisor: Supervisor;
  log: string;
  say: (text: string) => void;
}): Promise<Supervised & { brokers: string[] }>;

export interface Supervised {
  name: string;
  pid: number;
  exited: Promise<{ code: number | null; signal: string | null }>;
  stop(): Promise<void>;
}

export class Supervisor {
  constructor(file?: string);
  keepAlive: boolean;
  onLost: (name: string, code: number | null, signal: string | null) => void;
  stopAll(): Promise<void>;
}

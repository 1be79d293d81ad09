import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeKafka, freePortBlock, waitFor } from '@countersign/testing';
import { postAuditActions } from '../../src/kafka-load.ts';
import { isListening, processesNaming, runs } from '../../src/processes.ts';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));

interface RunFile {
  gateway: string;
  services: Record<string, { url: string; pid: number }>;
  others: Record<string, number>;
  demo: { apiKey: string };
}

// it needs the built programs and, with Kafka, Java: as every suite of this tier
describeKafka('what is started by hand ends whole', () => {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-start-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it.each([
    ['npm start', ['start']],
    ['npm run start:kafka', ['run', 'start:kafka']],
  ])(
    'interface: SIGTERM to the process group of `%s` under load: no accepted request fails, nothing is left',
    async (_title, args) => {
      const port = await freePortBlock(30);
      const data = join(directory, `data-${port}`);
      const child = spawn('npm', args, {
        cwd: ROOT,
        detached: true, // a process group of its own, as a terminal or an init system makes one
        env: { ...process.env, COUNTERSIGN_PORT: String(port), COUNTERSIGN_DATA: data },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let said = '';
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => (said += text));
      let ended = false;
      const exited = new Promise<void>((resolve) =>
        child.once('exit', () => resolve(((ended = true), undefined))),
      );
      const runFile = join(data, 'run.json');
      try {
        await waitFor(() => existsSync(runFile) || ended, { timeoutMs: 150_000, what: said });
        expect([said, ended]).toEqual([said, false]);
        const run = JSON.parse(readFileSync(runFile, 'utf8')) as RunFile;
        const pids = [...Object.values(run.services).map(({ pid }) => pid), ...Object.values(run.others)];
        const ports = [run.gateway, ...Object.values(run.services).map(({ url }) => url)].map((url) =>
          Number(new URL(url).port),
        );
        expect(pids.every(runs)).toBe(true);
        expect(processesNaming(data).length).toBeGreaterThan(0);

        const load = postAuditActions(`${run.gateway}/apps/demo`, run.demo.apiKey);
        await waitFor(() => load.sent() > 100, { timeoutMs: 30_000, what: 'load' });
        const began = performance.now();
        process.kill(-child.pid!, 'SIGTERM');
        await exited;
        await waitFor(() => !pids.some(runs), { timeoutMs: 15_000, what: 'all processes to be gone' });
        const posted = await load.stop();
        // what was let in was answered; the rest found a closed door
        expect(new Set(posted.map(({ status }) => status))).toEqual(new Set([202, undefined]));
        await waitFor(() => processesNaming(data).length === 0, {
          what: 'nobody to know the data directory',
        });
        expect(performance.now() - began).toBeLessThan(20_000);
        expect(await Promise.all(ports.map(isListening))).toEqual(ports.map(() => false));
        expect(existsSync(runFile)).toBe(false);
      } finally {
        if (!ended) process.kill(-child.pid!, 'SIGKILL'); // its guardian ends the rest
      }
    },
    240_000,
  );
});

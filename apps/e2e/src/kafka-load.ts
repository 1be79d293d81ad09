import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';

/** What became of one POST: its answer, or the code of the error in place of one. */
export interface Posted {
  id: string;
  status?: number;
  error?: string;
}

/**
 * POSTs audit actions to `base` with `lanes` at a time over kept connections, until `stop` is called, which answers
 * all of them. Every request either had an answer or says why not.
 */
export function postAuditActions(
  base: string,
  key: string,
  lanes = 8,
): { sent(): number; stop(): Promise<Posted[]> } {
  const agent = new Agent({ keepAlive: true, maxSockets: lanes });
  const posted: Posted[] = [];
  let running = true;
  const lane = async (): Promise<void> => {
    while (running) {
      const one = await post(agent, base, key);
      posted.push(one);
      // refused: nobody listens any more
      if (one.error) await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const all = Promise.all(Array.from({ length: lanes }, lane));
  return {
    sent: () => posted.length,
    stop: async () => {
      running = false;
      await all;
      agent.destroy();
      return posted;
    },
  };
}

function post(agent: Agent, base: string, key: string): Promise<Posted> {
  const id = `load-${randomUUID()}`;
  const body = JSON.stringify({ auditActionId: id, name: 'View', username: id });
  return new Promise((resolve) => {
    const sent = request(
      `${base}/v1/audit-actions`,
      {
        method: 'POST',
        agent,
        headers: {
          authorization: `Bearer ${key}`,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
        },
      },
      (answer) => {
        answer.resume();
        answer.once('end', () => resolve({ id, status: answer.statusCode ?? 0 }));
        answer.once('error', (error: NodeJS.ErrnoException) =>
          resolve({ id, error: error.code ?? 'broken' }),
        );
      },
    );
    sent.once('error', (error: NodeJS.ErrnoException) => resolve({ id, error: error.code ?? 'unknown' }));
    sent.end(body);
  });
}

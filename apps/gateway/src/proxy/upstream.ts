import {
  type Agent,
  type ClientRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request as httpRequest,
  type ServerResponse,
} from 'node:http';

/** How long a service may take to begin its answer, waiting for a connection included, in milliseconds. */
export const ANSWER_MS = 15_000;
/** How long it may take to refuse a head. */
const REFUSAL_MS = 3_000;

/** What is asked of a service. `headers` hold the length of the body, which is there already. */
export interface Question {
  base: URL;
  method: string;
  path: string;
  headers: OutgoingHttpHeaders;
  body?: Buffer | undefined;
}

/**
 * The beginning of the service's answer. Rejects where there is none in time, or the client of `toClient` goes. GET and
 * HEAD are asked once more where a kept connection turned out to be closed; others may have had their effect by then.
 */
export async function ask(
  question: Question,
  agent: Agent,
  toClient: ServerResponse,
): Promise<IncomingMessage> {
  for (let attempt = 1; ; attempt++) {
    const upstream = opened(question, agent, toClient);
    upstream.end(question.body);
    try {
      return await answerOf(upstream, ANSWER_MS);
    } catch (error) {
      const repeatable = question.method === 'GET' || question.method === 'HEAD';
      const stale = upstream.reusedSocket && (error as NodeJS.ErrnoException).code === 'ECONNRESET';
      if (!repeatable || !stale || attempt > 1 || toClient.destroyed) throw error;
    }
  }
}

/** The answer to the head of a request whose body never comes; its connection ends with it. */
export function askWithHeadOnly(question: Question, agent: Agent, toClient: ServerResponse) {
  const upstream = opened(question, agent, toClient);
  upstream.flushHeaders();
  return answerOf(upstream, REFUSAL_MS);
}

function opened(question: Question, agent: Agent, toClient: ServerResponse): ClientRequest {
  const { base, method, path, headers } = question;
  const upstream = httpRequest({
    ...{ host: base.hostname, port: base.port || 80, method, path, headers },
    ...{ agent, setHost: false },
  });
  if (toClient.closed) upstream.destroy();
  else toClient.once('close', () => upstream.destroy());
  return upstream;
}

function answerOf(upstream: ClientRequest, withinMs: number): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => upstream.destroy(new Error('no answer in time')), withinMs);
    upstream.once('response', (answer) => {
      clearTimeout(late);
      resolve(answer);
    });
    upstream.on('error', (error) => {
      clearTimeout(late);
      reject(error);
    });
  });
}

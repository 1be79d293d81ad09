import { readFile } from 'node:fs/promises';
import { plainText, usernameSchema } from '@countersign/contracts';
import { ProblemException } from '@countersign/service-kit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { THROUGH } from '../proxy/proxy.routes.ts';
import { mayVouchOn } from './page-address.decide.ts';

export interface Vouch {
  tokenServiceUrl: string;
  /** The file `npm start` keeps the demo application's key in. Absent: the page shows what to run instead. */
  demoKeyPath?: string | undefined;
}

const kept = z.object({ appId: z.string(), apiKey: z.string(), username: z.string() });
type Demo = z.infer<typeof kept>;
const asked = z.object({ username: usernameSchema, flowId: plainText(64) });
const granted = z.object({ token: z.string() });
const TIMEOUT_MS = 5000;

/**
 * The demo bank's back end, in one route: `POST /try/vouch` vouches for whoever is named, as a bank would after its
 * own check of a password. Everybody who reaches it can be everybody; so it is there in development alone, for the demo
 * application alone, and answers only that application's own page on this machine.
 */
export async function addVouch(
  fastify: FastifyInstance,
  { tokenServiceUrl, demoKeyPath }: Vouch,
): Promise<{ demo(): Promise<Omit<Demo, 'apiKey'> | null> }> {
  // read each time: the demo is made when the gateway is up already
  const read = async (): Promise<Demo | undefined> => {
    const text =
      demoKeyPath === undefined ? undefined : await readFile(demoKeyPath, 'utf8').catch(() => undefined);
    return text === undefined ? undefined : kept.safeParse(parsed(text)).data;
  };
  fastify.post('/try/vouch', THROUGH, async (request) => {
    const demo = await read();
    if (!demo || !isFromPage(request, demo.appId)) throw new ProblemException('request/not-found');
    const body = asked.safeParse(request.body);
    if (!body.success) {
      const [issue] = body.error.issues;
      throw new ProblemException('request/invalid', { field: String(issue?.path[0] ?? 'body') });
    }
    return { token: await grant(`${tokenServiceUrl}/apps/${demo.appId}`, demo.apiKey, body.data) };
  });
  return {
    demo: async () => {
      const demo = await read();
      return demo ? { appId: demo.appId, username: demo.username } : null;
    },
  };
}

/** A page of another site may send this, but not with its own Host, and its browser says where it comes from. */
const isFromPage = ({ headers }: FastifyRequest, appId: string): boolean =>
  mayVouchOn(headers.host ?? '', appId) && (headers['sec-fetch-site'] ?? 'same-origin') === 'same-origin';

async function grant(base: string, apiKey: string, about: z.infer<typeof asked>): Promise<string> {
  const answer = await fetch(`${base}/fido2/v2/mgmt/grant/external-auth`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${apiKey}:`).toString('base64')}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify(about),
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch(() => undefined);
  if (!answer || answer.status >= 500) throw new ProblemException('fault/unavailable');
  const body = granted.safeParse(parsed(await answer.text()));
  if (!answer.ok || !body.success) throw new ProblemException('access/forbidden');
  return body.data.token;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

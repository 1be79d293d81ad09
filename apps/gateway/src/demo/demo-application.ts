import { readFile } from 'node:fs/promises';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { mayActOn } from './demo-host.decide.ts';

const kept = z.object({ appId: z.string(), apiKey: z.string(), username: z.string() });
export type Demo = z.infer<typeof kept>;

/**
 * The demo application and its key, out of the file that `npm start` keeps them in. Read each time: the demo is made
 * when the gateway is up already. Undefined where there is no demo, or its key is kept elsewhere.
 */
export async function readDemo(path: string | undefined): Promise<Demo | undefined> {
  const text = path === undefined ? undefined : await readFile(path, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : kept.safeParse(parsed(text)).data;
}

/**
 * A page of another site may send this, but not with its own Host, and its browser says where it comes from: by
 * Sec-Fetch-Site, an old one by Origin (which is `null` where a page tells no referrer, as ours does).
 */
export const isFromPage = ({ headers }: FastifyRequest, appId: string): boolean => {
  if (!mayActOn(headers.host ?? '', appId)) return false;
  const { origin, 'sec-fetch-site': site } = headers;
  if (site !== undefined) return site === 'same-origin';
  return origin === undefined || origin.toLowerCase() === `http://${headers.host?.toLowerCase()}`;
};

/** POSTs as the demo application's back end; undefined where nobody answers. `body` is parsed JSON, undefined if it is none. */
export async function postAsDemo(
  serviceUrl: string,
  { appId, apiKey }: Demo,
  path: string,
  body: object,
  timeoutMs = 5000,
): Promise<{ status: number; body: unknown } | undefined> {
  const answer = await fetch(`${serviceUrl}/apps/${appId}${path}`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${apiKey}:`).toString('base64')}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify(body),
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  }).catch(() => undefined);
  return answer && { status: answer.status, body: parsed(await answer.text()) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

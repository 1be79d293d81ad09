import { plainText, usernameSchema } from '@countersign/contracts';
import { ProblemException } from '@countersign/service-kit';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { type Demo, isFromPage, postAsDemo, readDemo } from '../demo/demo-application.ts';
import { THROUGH } from '../proxy/proxy.routes.ts';

export interface Vouch {
  tokenServiceUrl: string;
  /** The file `npm start` keeps the demo application's key in. Absent: the page shows what to run instead. */
  demoKeyPath?: string | undefined;
}

const asked = z.object({ username: usernameSchema, flowId: plainText(64) });
const granted = z.object({ token: z.string() });

/**
 * The demo bank's back end, in one route: `POST /try/vouch` vouches for whoever is named, as a bank would after its
 * own check of a password. Everybody who reaches it can be everybody; so it is there in development alone, for the demo
 * application alone, and answers only that application's own page on this machine.
 */
export async function addVouch(
  fastify: FastifyInstance,
  { tokenServiceUrl, demoKeyPath }: Vouch,
): Promise<{ demo(): Promise<Omit<Demo, 'apiKey'> | null> }> {
  fastify.post('/try/vouch', THROUGH, async (request) => {
    const demo = await readDemo(demoKeyPath);
    if (!demo || !isFromPage(request, demo.appId)) throw new ProblemException('request/not-found');
    const body = asked.safeParse(request.body);
    if (!body.success) {
      const [issue] = body.error.issues;
      throw new ProblemException('request/invalid', { field: String(issue?.path[0] ?? 'body') });
    }
    return { token: await grant(tokenServiceUrl, demo, body.data) };
  });
  return {
    demo: async () => {
      const demo = await readDemo(demoKeyPath);
      return demo ? { appId: demo.appId, username: demo.username } : null;
    },
  };
}

async function grant(url: string, demo: Demo, about: z.infer<typeof asked>): Promise<string> {
  const answer = await postAsDemo(url, demo, '/fido2/v2/mgmt/grant/external-auth', about);
  if (!answer || answer.status >= 500) throw new ProblemException('fault/unavailable');
  const body = granted.safeParse(answer.body);
  if (answer.status >= 300 || !body.success) throw new ProblemException('access/forbidden');
  return body.data.token;
}

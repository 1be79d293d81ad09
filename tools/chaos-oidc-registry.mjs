/** Clients that come and go in a fault run, and ask for tokens in their own name meanwhile. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { isAnswer } from './chaos-insist.mjs';
import { OWN_SCOPE } from './chaos-oidc-shops.mjs';
import { ask } from './smoke-steps.mjs';

const PATIENCE_MS = 90_000;
/** An application may have 500; the share that stays must not reach it. */
const MOST_LEFT = 100;

/**
 * Registers, changes and deletes clients while `running()`. A client of the books: { clientId, changed: { least, most }:
 * events that must and may be, deleted: 'no', 'maybe' or 'yes' }.
 */
export async function registerAndDelete({ gateway, demo, insist, random, books, tokens, running }) {
  const base = `${gateway}/apps/${demo.appId}`;
  const call = (method, path, body) =>
    insist(isAnswer, PATIENCE_MS, () => ask(base, method, path, { key: demo.apiKey, body }));
  const surprise = (what, { status, body }) =>
    books.surprises.push(`${what}: ${status} ${JSON.stringify(body).slice(0, 200)}`);

  const change = async (client, method, path, body, mayRepeat) => {
    const answer = await call(method, `/v1/clients/${client.clientId}${path}`, body);
    const isDone = answer?.status === 200;
    client.changed.least += isDone ? 1 : 0;
    client.changed.most += mayRepeat ? (answer?.tries ?? Infinity) : 1;
    if (answer && !isDone) surprise(`a client’s change`, answer);
    return isDone ? answer.body : undefined;
  };
  const rotate = (client) => change(client, 'POST', '/rotate-secret', {}, true);

  const one = async () => {
    const clientId = `chaos-${randomUUID()}`;
    const client = { clientId, changed: { least: 0, most: 0 }, deleted: 'no' };
    const settings = { kind: 'confidential', name: 'A client', grantTypes: ['client_credentials'] };
    const made = await call('POST', '/v1/clients', { clientId, ...settings, scopes: [OWN_SCOPE] });
    if (!made) return;
    const isThere = made.status === 409 && made.tries > 1; // made by a try that was not answered
    if (made.status !== 201 && !isThere) return surprise('a new client', made);
    books.clients.push(client);
    client.secret = isThere ? (await rotate(client))?.clientSecret : made.body.clientSecret;
    for (let left = Math.floor(random() * 3); left > 0 && client.secret; left--) {
      await change(client, 'PATCH', '', { name: `Client ${randomUUID()}` }, false);
      if (random() < 0.3) client.secret = (await rotate(client))?.clientSecret;
      if (client.secret && (await tokens.ownToken(client)) === false)
        books.refused.push(`client_credentials of ${clientId}`);
      await pause(random() * 300);
    }
    const isKept =
      random() < 0.4 && books.clients.filter(({ deleted }) => deleted === 'no').length < MOST_LEFT;
    if (isKept) return;
    client.deleted = 'maybe';
    const gone = await call('DELETE', `/v1/clients/${clientId}`);
    if (gone?.status < 300 || (gone?.status === 404 && gone.tries > 1)) client.deleted = 'yes';
    else if (gone) surprise('a client’s end', gone);
    if (client.deleted === 'yes' && client.secret && (await tokens.ownToken(client)))
      books.surprises.push(`${clientId} is gone and got a token`);
  };
  while (running()) {
    await one();
    await pause(random() * 600);
  }
}

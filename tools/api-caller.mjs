/** Calls of the public API in the name of an API key, for whatever seeds a system. */

const ALLOWED_MS = 15_000;

/** Calls as the holder of `key` at `base`. A refusal is an error that says which step was refused. */
export function caller(base, key) {
  const send = (method, path, body) =>
    fetch(base + path, {
      method,
      headers: {
        authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}`,
        ...(body && { 'content-type': 'application/json' }),
      },
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(ALLOWED_MS),
    });
  const refused = (method, path, status, text = '') =>
    new Error(`seeding the demo: ${method} ${path} answered ${status} ${text}`.trim());
  const call = async (method, path, body) => {
    const answer = await send(method, path, body);
    const text = await answer.text();
    if (!answer.ok) throw refused(method, path, answer.status, text);
    return text && JSON.parse(text);
  };
  return {
    call,
    answers: async (path) => (await send('GET', path)).ok,
    /** Whether something is at `path`. */
    has: async (path) => {
      const { ok, status } = await send('GET', path);
      if (!ok && status !== 404) throw refused('GET', path, status);
      return ok;
    },
    /** Makes what `found` does not find. */
    async ensure(found, ...making) {
      if (!(await this.has(found))) await call(...making);
    },
  };
}

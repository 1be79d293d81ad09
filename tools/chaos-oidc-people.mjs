/** Users of the directory in a fault run: each signs in by one way, and some end. */
import { randomBytes, randomUUID } from 'node:crypto';
import { isAnswer } from './chaos-insist.mjs';
import { ask } from './smoke-steps.mjs';

const PATIENCE_MS = 90_000;
const newPassword = () => randomBytes(18).toString('base64url');

/**
 * Answers { make(way), end(person, how) }. A person of the books: { username, userId, changed: { least, most }: events
 * that must and may be, deleted: 'no', 'maybe' or 'yes', ended: how, when that was answered, isDoubtful }.
 */
export function peopleOf({ gateway, demo, insist, books }) {
  const base = `${gateway}/apps/${demo.appId}`;
  const key = demo.apiKey;
  const call = (method, path, body) =>
    insist(isAnswer, PATIENCE_MS, () => ask(base, method, path, { key, body }));
  const surprise = (what, { status, body }) =>
    books.surprises.push(`${what}: ${status} ${JSON.stringify(body).slice(0, 200)}`);

  return {
    async make(way) {
      const username = `oidc-${way}-${randomUUID()}`;
      const person = { username, password: newPassword(), changed: { least: 0, most: 0 }, deleted: 'no' };
      const { password } = person;
      const made = await call('POST', '/v1/directory/users', { username, password, name: 'A user' });
      if (!made) return undefined;
      // it was there already: made by a try that was not answered
      const again = made.status === 409 && made.tries > 1;
      const found = again ? await call('GET', `/v1/directory/users/${username}`) : made;
      if (!found) return undefined;
      if (found.status >= 400) return void surprise('a new user', found);
      person.userId = found.body.userId;
      books.people.push(person);
      if (way !== 'mfa') return person;
      person.email = `${username}@mail.example`;
      const body = { email: person.email, requestVerification: false };
      const set = await call('POST', `/fido2/v2/profile/${username}/email`, body);
      if (set?.status >= 400 && set.tries === 1) surprise('an address', set);
      return set && person;
    },

    /** `how`: rename, disable, password, delete. Only renaming ends nothing. */
    async end(person, how) {
      const at = `/v1/directory/users/${person.username}`;
      const requests = {
        rename: ['PATCH', at, { name: `Another ${randomUUID()}` }],
        disable: ['PATCH', at, { enabled: false }],
        password: ['PUT', `${at}/password`, { password: newPassword() }],
        delete: ['DELETE', at],
      };
      if (how === 'delete') person.deleted = 'maybe';
      const answer = await call(...requests[how]);
      const isDone = answer && (answer.status < 300 || (answer.status === 404 && answer.tries > 1));
      if (answer && !isDone) surprise(how, answer);
      if (how === 'delete') person.deleted = isDone ? 'yes' : 'maybe';
      else {
        person.changed.least += isDone ? 1 : 0;
        // the same change a second time is none, but a password is set each time
        person.changed.most += how === 'password' ? (answer?.tries ?? Infinity) : 1;
      }
      if (how === 'rename') return;
      if (isDone) person.ended = how;
      else person.isDoubtful = true;
    },
  };
}

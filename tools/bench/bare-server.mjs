/** The least a token could cost: Fastify, and one ES256 signature made or checked. Prints its port. */
import Fastify from 'fastify';
import { generateKeyPair, signJwt, verifyJwt } from '@countersign/security';

const key = await generateKeyPair('ES256');
const typ = 'at+jwt';
const claims = {
  iss: 'bench',
  aud: 'bench',
  sub: 'dana',
  username: 'dana',
  iat: 1,
  exp: 4e9,
  jti: 'one',
  scopes: ['a', 'b'],
};
const token = await signJwt(key, { typ }, claims);
const checks = {
  keys: [key.publicJwk],
  algorithms: ['ES256'],
  typ,
  issuer: 'bench',
  audience: 'bench',
  now: new Date(),
};

const server = Fastify();
server.get('/sign', async () => ({ hello: await signJwt(key, { typ }, claims) }));
server.get('/verify', async () => ({ hello: (await verifyJwt(token, checks)).sub }));
const address = await server.listen({ port: 0, host: '127.0.0.1' });
process.stdout.write(`${new URL(address).port}\n`);
process.on('disconnect', () => process.exit());

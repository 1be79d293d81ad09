import type { FastifyInstance } from 'fastify';

/**
 * Ends answers to HEAD where their body would begin. Fastify answers HEAD by the handler of GET; one that writes an
 * event stream would go on for ever to nobody, and whoever waits for the end of the answer, too.
 */
export function endAtHead(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    if (request.method === 'HEAD') {
      const { raw } = reply;
      raw.flushHeaders = () => void raw.end();
      raw.write = () => {
        raw.end();
        return true;
      };
    }
    done();
  });
}

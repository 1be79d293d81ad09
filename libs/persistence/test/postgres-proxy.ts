import { connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP door in front of a real Postgres that a test can cut, freeze, or let swallow the answer to a statement. */
export class PostgresProxy {
  private server: Server | undefined;
  private readonly sockets = new Set<Socket>();
  private frozen = false;
  private trap: { text: string; forward: boolean } | undefined;
  private port = 0;

  private constructor(private readonly target: URL) {}

  static async before(url: string): Promise<PostgresProxy> {
    const proxy = new PostgresProxy(new URL(url));
    await proxy.listen();
    return proxy;
  }

  /** The database's URL through this door. */
  get url(): string {
    const url = new URL(this.target);
    url.hostname = '127.0.0.1';
    url.port = String(this.port);
    return url.href;
  }

  /** Opens the door (again), on the same port. */
  async listen(): Promise<void> {
    const server = createServer((client) => this.accept(client));
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as { port: number }).port;
    this.server = server;
    this.frozen = false;
  }

  /** Like a killed server: connections break, new ones are refused. */
  async cut(): Promise<void> {
    const closed = new Promise((resolve) => (this.server ? this.server.close(resolve) : resolve(undefined)));
    for (const socket of this.sockets) socket.destroy();
    await closed;
    this.server = undefined;
  }

  /** Like a stopped process: connections stay, new ones are accepted, and nobody answers. */
  freeze(): void {
    this.frozen = true;
  }

  thaw(): void {
    this.frozen = false;
    for (const socket of this.sockets) socket.destroy();
  }

  /** Breaks the connection on which `text` is sent next, before (`forward: false`) or after Postgres did it. */
  breakAt(text: string, options: { forward: boolean }): void {
    this.trap = { text, ...options };
  }

  private accept(client: Socket): void {
    const upstream = connect(Number(this.target.port || 5432), this.target.hostname);
    let swallow = false;
    for (const socket of [client, upstream]) {
      this.sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (bytes) => {
      if (this.frozen) return;
      if (this.trap && bytes.includes(this.trap.text)) {
        const { forward } = this.trap;
        this.trap = undefined;
        if (!forward) return void client.destroy();
        swallow = true;
      }
      upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      if (swallow) client.destroy();
      else if (!this.frozen) client.write(bytes);
    });
  }
}

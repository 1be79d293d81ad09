/** Held at most of bodies and answers together, in bytes. */
const MOST = 128 * 1024 * 1024;
/** Held at most for one client. */
const MOST_OF_ONE = 32 * 1024 * 1024;

/** Counts what the gateway holds in memory: bodies until they are answered, answers until their client has read them. */
export class HeldBytes {
  private total = 0;
  private readonly ofClient = new Map<string, number>();

  /** Whether that many bytes more may be held for a client; they count until they are given back. */
  take(client: string, bytes: number): boolean {
    const before = this.ofClient.get(client) ?? 0;
    if (this.total + bytes > MOST || before + bytes > MOST_OF_ONE) return false;
    this.total += bytes;
    this.ofClient.set(client, before + bytes);
    return true;
  }

  giveBack(client: string, bytes: number): void {
    this.total -= bytes;
    const left = (this.ofClient.get(client) ?? 0) - bytes;
    if (left > 0) this.ofClient.set(client, left);
    else this.ofClient.delete(client);
  }
}

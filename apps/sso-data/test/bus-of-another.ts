import type { Follow, OutRecord, Subscription, Transport } from '@countersign/messaging';

/**
 * The bus as a second instance of a service has it: the group's records go to the first, what is read along comes to
 * both. `cutOff` takes that away from this instance, as a broker that is out of reach does; `comeBack` brings it again.
 */
export class BusOfAnother implements Transport {
  private readonly following = new Map<Follow, Subscription | undefined>();

  constructor(private readonly bus: Transport) {}

  publish(records: OutRecord[]): Promise<void> {
    return this.bus.publish(records);
  }

  async subscribe(): Promise<Subscription> {
    return { pause: async () => {}, close: async () => {}, assigned: () => true };
  }

  async follow(follow: Follow): Promise<Subscription> {
    this.following.set(follow, await this.bus.follow(follow));
    const end = async () => {
      await this.following.get(follow)?.close();
      this.following.delete(follow);
    };
    return { pause: end, close: end, assigned: () => this.following.get(follow)?.assigned() ?? false };
  }

  async cutOff(): Promise<void> {
    for (const [follow, subscription] of this.following) {
      await subscription?.close();
      this.following.set(follow, undefined);
    }
  }

  async comeBack(): Promise<void> {
    for (const follow of this.following.keys()) this.following.set(follow, await this.bus.follow(follow));
  }

  healthy(): boolean {
    return this.bus.healthy();
  }

  async close(): Promise<void> {}
}

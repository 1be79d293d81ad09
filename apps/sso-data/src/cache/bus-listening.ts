import { Injectable } from '@nestjs/common';

/**
 * Whether this instance hears now what others change: what the caches ask before they answer. The follower says so;
 * it needs the caches and they would need it, so this stands between them.
 */
@Injectable()
export class BusListening {
  private source: () => boolean = () => false;

  /** True while nothing that others change can be missed. False until somebody listens. */
  readonly current = (): boolean => this.source();

  /** Who knows, from now on. */
  follow(source: () => boolean): void {
    this.source = source;
  }
}

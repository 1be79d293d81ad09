import type { Answer, SsoData } from './sso-data.ts';

/** Values as management and users reach them, for specs: paths, and things that have to be there first. */
export class ThirdPartyData {
  private constructor(
    private readonly sso: SsoData,
    readonly key: string,
    readonly appId: string,
  ) {}

  /** For an application with these vendors and elements. */
  static async of(
    sso: SsoData,
    appId: string,
    vendors: string[],
    elements: string[],
  ): Promise<ThirdPartyData> {
    const key = `Bearer ${sso.neighbours.key(appId, 'sso:read', 'sso:write')}`;
    const data = new ThirdPartyData(sso, key, appId);
    for (const vendor of vendors) {
      const request = { name: vendor, handlerUrl: 'http://127.0.0.1:9/sso' };
      await data.made(`/v1/vendors/${vendor}`, request);
    }
    for (const name of elements)
      await data.made(`/v1/third-party-data-elements/${name}`, { description: `is ${name}` });
    return data;
  }

  /** `/v1/third-party-data/{username}/…` */
  path(...parts: string[]): string {
    return ['/v1/third-party-data', ...parts.map(encodeURIComponent)].join('/');
  }

  put(username: string, vendor: string, key: string, value: unknown): Promise<Answer> {
    return this.sso.request('PUT', this.path(username, vendor, key), this.key, { value });
  }

  get(...parts: string[]): Promise<Answer> {
    return this.sso.request('GET', this.path(...parts), this.key);
  }

  delete(...parts: string[]): Promise<Answer> {
    return this.sso.request('DELETE', this.path(...parts), this.key);
  }

  /** What a vendor knows of a user, by key. */
  async values(username: string, vendor: string): Promise<Record<string, string>> {
    const { body } = await this.get(username, vendor);
    return Object.fromEntries(
      (body.items as { key: string; value: string }[]).map(({ key, value }) => [key, value]),
    );
  }

  /** `/v1/me/third-party-data/…` as that user. */
  mine(method: string, username: string, path = '', kind: 'access' | 'grant' = 'access'): Promise<Answer> {
    const token = this.sso.neighbours.userToken(this.appId, username, kind);
    const url = `/apps/${this.appId}/v1/me/third-party-data${path}`;
    return this.sso.request(method, url, `Bearer ${token}`);
  }

  /** Data of the events of a user so far, in order, with their types. */
  async events(username: string): Promise<{ type: string; data: unknown }[]> {
    const userId = this.sso.neighbours.userId(this.appId, username);
    const rows = await this.sso.service.database.query<{ body: Buffer }>(
      `SELECT body FROM outbox WHERE topic = 'sso.user-data' AND key = $1 ORDER BY seq`,
      [userId],
    );
    return rows.map(({ body }) => {
      const { type, data } = JSON.parse(String(body)) as { type: string; data: unknown };
      return { type, data };
    });
  }

  private async made(path: string, request: object): Promise<void> {
    const { status, body } = await this.sso.request('PUT', path, this.key, request);
    if (status !== 200) throw new Error(`PUT ${path}: ${status} ${JSON.stringify(body)}`);
  }
}

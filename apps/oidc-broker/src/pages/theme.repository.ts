import { hash } from 'node:crypto';
import { Believed } from '@countersign/kernel';
import { Database } from '@countersign/persistence';
import { InjectDirectory, type ApplicationDirectory } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';

/** How an application's pages look. */
export interface Theme {
  name: string;
  colour: string;
  logo?: Uint8Array;
  /** Changes when the logo does. */
  logoVersion?: string;
  updatedAt?: Date;
}

interface Row {
  name: string;
  colour: string;
  logo: Buffer | null;
  updatedAt: Date;
}

/** Blue of ours, for applications that have set none. */
export const DEFAULT_COLOUR = '#0b57d0';

const COLUMNS = 'name, colour, logo, updated_at AS "updatedAt"';

@Injectable()
export class ThemeRepository {
  // that nothing is set is believed as well, or it would be asked for with every page
  private readonly believed = new Believed<{ set: Theme | undefined }>(async (appId) => ({
    set: await this.read(appId),
  }));

  constructor(
    private readonly database: Database,
    @InjectDirectory() private readonly directory: ApplicationDirectory,
  ) {}

  /**
   * The application's theme, or the usual one under its name; undefined: there is no such application. Ids in lower case
   * only: one address for each page.
   */
  async find(appId: string): Promise<Theme | undefined> {
    const application = /^[a-z0-9-]{1,63}$/.test(appId) ? await this.directory.byId(appId) : undefined;
    if (!application) return undefined;
    return (await this.believed.get(appId))?.set ?? { name: application.name, colour: DEFAULT_COLOUR };
  }

  /** Sets all of it. */
  async put(
    appId: string,
    theme: { name: string; colour: string; logo?: Uint8Array | undefined },
  ): Promise<Theme> {
    const [row] = await this.database.query<Row>(
      `INSERT INTO themes (app_id, name, colour, logo) VALUES ($1, $2, $3, $4)
       ON CONFLICT (app_id) DO UPDATE SET name = excluded.name, colour = excluded.colour, logo = excluded.logo,
         updated_at = clock_timestamp()
       RETURNING ${COLUMNS}`,
      [appId, theme.name, theme.colour, theme.logo ?? null],
    );
    this.believed.forget();
    return themeOf(row as Row);
  }

  private async read(appId: string): Promise<Theme | undefined> {
    const [row] = await this.database.query<Row>(`SELECT ${COLUMNS} FROM themes WHERE app_id = $1`, [appId]);
    return row && themeOf(row);
  }
}

const themeOf = ({ logo, ...rest }: Row): Theme => ({
  ...rest,
  ...(logo && { logo, logoVersion: hash('sha256', logo, 'hex').slice(0, 12) }),
});

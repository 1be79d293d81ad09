import { Injectable } from '@nestjs/common';
import type { PageContext } from '../logins/login.types.ts';
import { DEFAULT_COLOUR, type Theme, ThemeRepository } from './theme.repository.ts';

/** What pages of an application have in common. */
@Injectable()
export class PageContexts {
  constructor(private readonly themes: ThemeRepository) {}

  /** Undefined: there is no such application. */
  async find(appId: string): Promise<PageContext | undefined> {
    const theme = await this.themes.find(appId);
    return theme && contextOf(appId, theme);
  }

  /** The same, and plain pages where the application is unknown: for errors that must be shown all the same. */
  async findOrPlain(appId: string): Promise<PageContext> {
    return (await this.find(appId)) ?? contextOf('platform', { name: 'Countersign', colour: DEFAULT_COLOUR });
  }
}

const contextOf = (appId: string, { name, colour, logoVersion }: Theme): PageContext => {
  const base = `/oidc/${appId}`;
  const logo = logoVersion === undefined ? undefined : `${base}/assets/logo.png?v=${logoVersion}`;
  return { appId, base, theme: { name, colour, ...(logo !== undefined && { logo }) } };
};

import { Access, ProblemException } from '@countersign/service-kit';
import { Controller, Get, Param, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { themeCss } from './colours.decide.ts';
import { PAGES_CSS } from './pages.css.ts';
import { CSS, sendAsset, SOON } from './send-asset.ts';
import { type Theme, ThemeRepository } from './theme.repository.ts';

/** The address holds the content's version. */
const FOR_GOOD = 'public, max-age=31536000, immutable';

/** Style sheets and the logo of an application's pages. */
@ApiExcludeController()
@Controller('/oidc/:app/assets')
export class AssetController {
  constructor(private readonly themes: ThemeRepository) {}

  @Get('pages.css')
  @Access.open()
  pages(@Res() reply: FastifyReply): void {
    sendAsset(reply, { type: CSS, caching: SOON }, PAGES_CSS);
  }

  @Get('theme.css')
  @Access.open()
  async theme(@Param('app') appId: string, @Res() reply: FastifyReply): Promise<void> {
    const { colour } = await this.find(appId);
    sendAsset(reply, { type: CSS, caching: 'no-cache' }, themeCss(colour));
  }

  @Get('logo.png')
  @Access.open()
  async logo(@Param('app') appId: string, @Res() reply: FastifyReply): Promise<void> {
    const { logo } = await this.find(appId);
    if (!logo) throw new ProblemException('request/not-found');
    sendAsset(reply, { type: 'image/png', caching: FOR_GOOD }, Buffer.from(logo));
  }

  private async find(appId: string): Promise<Theme> {
    const theme = await this.themes.find(appId);
    if (!theme) throw new ProblemException('request/not-found');
    return theme;
  }
}

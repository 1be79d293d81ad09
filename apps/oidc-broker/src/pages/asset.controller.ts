import { Access, ProblemException } from '@countersign/service-kit';
import { Controller, Get, Param, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { themeCss } from './colours.decide.ts';
import { PAGES_CSS } from './pages.css.ts';
import { type Theme, ThemeRepository } from './theme.repository.ts';

const CSS = 'text/css; charset=utf-8';
/** A new release's pages are never shown with an old style sheet for longer than this. */
const SOON = 'public, max-age=60';
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
    send(reply, CSS, SOON, PAGES_CSS);
  }

  @Get('theme.css')
  @Access.open()
  async theme(@Param('app') appId: string, @Res() reply: FastifyReply): Promise<void> {
    const { colour } = await this.find(appId);
    send(reply, CSS, 'no-cache', themeCss(colour));
  }

  @Get('logo.png')
  @Access.open()
  async logo(@Param('app') appId: string, @Res() reply: FastifyReply): Promise<void> {
    const { logo } = await this.find(appId);
    if (!logo) throw new ProblemException('request/not-found');
    send(reply, 'image/png', FOR_GOOD, Buffer.from(logo));
  }

  private async find(appId: string): Promise<Theme> {
    const theme = /^[a-z0-9-]{1,63}$/.test(appId) ? await this.themes.find(appId) : undefined;
    if (!theme) throw new ProblemException('request/not-found');
    return theme;
  }
}

function send(reply: FastifyReply, type: string, caching: string, content: string | Buffer): void {
  const headers = { 'content-type': type, 'cache-control': caching };
  void reply.headers({ ...headers, 'cross-origin-resource-policy': 'same-origin' }).send(content);
}

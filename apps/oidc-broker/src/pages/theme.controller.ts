import { Access, body, Caller, CallerContext, Returns } from '@countersign/service-kit';
import { Controller, Get, Put } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { logoUri, readLogo } from './logo.decide.ts';
import { DEFAULT_COLOUR, type Theme, ThemeRepository } from './theme.repository.ts';
import { type ThemeRequest, themeRequest, themeView, type ThemeView } from './theme.schemas.ts';

@ApiTags('pages')
@Controller('/v1/oidc-theme')
export class ThemeController {
  constructor(private readonly themes: ThemeRepository) {}

  @Get()
  @Access.apiKey('oidc:read')
  @ApiOperation({ operationId: 'getOidcTheme', summary: 'How the application’s pages look' })
  @Returns(200, themeView)
  async get(@Caller() caller: CallerContext): Promise<ThemeView> {
    const { appId, name } = caller.application;
    return viewOf((await this.themes.find(appId)) ?? { name, colour: DEFAULT_COLOUR });
  }

  @Put()
  @Access.apiKey('oidc:write')
  @ApiOperation({ operationId: 'putOidcTheme', summary: 'Set how the application’s pages look' })
  @Returns(200, themeView)
  async put(@Caller() caller: CallerContext, @body(themeRequest) request: ThemeRequest): Promise<ThemeView> {
    const read = request.logo === undefined ? undefined : readLogo(request.logo);
    const logo = read && 'png' in read ? read.png : undefined;
    return viewOf(await this.themes.put(caller.application.appId, { ...request, logo }));
  }
}

const viewOf = ({ name, colour, logo, updatedAt }: Theme): ThemeView => ({
  name,
  colour,
  ...(logo && { logo: logoUri(logo) }),
  ...(updatedAt && { updatedAt: updatedAt.toISOString() }),
});

import { AssetController } from './asset.controller.ts';
import { OwnCookies } from './own-cookies.ts';
import { PageContexts } from './page-contexts.ts';
import { ThemeController } from './theme.controller.ts';
import { ThemeRepository } from './theme.repository.ts';

/** What this feature adds to the service. */
export const pagesParts = {
  controllers: [
    ThemeController, // /v1/oidc-theme
    AssetController, // /oidc/{app}/assets
  ],
  providers: [ThemeRepository, PageContexts, OwnCookies],
};

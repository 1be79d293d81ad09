import { Access, ProblemException } from '@countersign/service-kit';
import { Controller, Get, Param, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CSS, sendAsset, SOON } from '../pages/send-asset.ts';
import { imageOf } from './images.ts';
import { PASSCODE_CSS } from './passcode.css.ts';

/**
 * The images and styles of grids: the same bytes for everybody. Caches may keep them: which ones a browser has loaded tells
 * what grids it was shown, and those say nothing of what was chosen (docs/image-passcode.md).
 */
@ApiExcludeController()
@Controller('/oidc/:app/assets/passcode')
export class ImageController {
  @Get('passcode.css')
  @Access.open()
  styles(@Res() reply: FastifyReply): void {
    sendAsset(reply, { type: CSS, caching: SOON, headers: SANDBOX }, PASSCODE_CSS);
  }

  @Get(':file')
  @Access.open()
  async image(@Param('file') file: string, @Res() reply: FastifyReply): Promise<void> {
    const ref = /^([a-z0-9-]{1,40})\.svg$/.exec(file)?.[1];
    const svg = ref === undefined ? undefined : await imageOf(ref);
    if (svg === undefined) throw new ProblemException('request/not-found');
    const caching = 'public, max-age=86400';
    sendAsset(reply, { type: 'image/svg+xml', caching, headers: SANDBOX }, svg);
  }
}

/** Opened by itself, an SVG is a document: this one may load and run nothing, and is of no origin. */
const SANDBOX = { 'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox" };

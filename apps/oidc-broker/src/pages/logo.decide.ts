/** Largest logo, in bytes of the picture. */
export const LOGO_BYTES = 64 * 1024;
/** Longest edge, in pixels: a few bytes of PNG can stand for gigabytes of pixels in the browser. */
const LOGO_EDGE = 2048;

const PREFIX = 'data:image/png;base64,';
const SIGNATURE = '89504e470d0a1a0a';

/**
 * The PNG in a data URI, or why it is none that we show. PNG only: an SVG is a document that can hold scripts and
 * references, and whoever opens the picture's own address would run them.
 */
export function readLogo(uri: string): { png: Uint8Array } | { fault: string } {
  if (!uri.startsWith(PREFIX)) return { fault: `must be a PNG, as ${PREFIX}…` };
  const text = uri.slice(PREFIX.length);
  if (text.length > (LOGO_BYTES / 3) * 4 + 4) return { fault: 'must be 64 KiB or less' };
  const png = Buffer.from(text, 'base64');
  // what else than base64 stands in it would be dropped without a word
  if (png.toString('base64') !== text) return { fault: 'must be base64' };
  if (png.length > LOGO_BYTES) return { fault: 'must be 64 KiB or less' };
  if (png.length < 33 || png.toString('hex', 0, 8) !== SIGNATURE || png.toString('latin1', 12, 16) !== 'IHDR')
    return { fault: 'must be a PNG' };
  const edges = [png.readUInt32BE(16), png.readUInt32BE(20)];
  if (edges.some((edge) => edge === 0 || edge > LOGO_EDGE))
    return { fault: `must be ${LOGO_EDGE} pixels or less on each side` };
  return { png };
}

/** The data URI of a PNG. */
export const logoUri = (png: Uint8Array): string => PREFIX + Buffer.from(png).toString('base64');

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { POOL } from './pool.ts';

/** What is needed of the package's one file. */
interface IconSet {
  width?: number;
  height?: number;
  icons: Record<string, { body: string }>;
}

let loading: Promise<ReadonlyMap<string, string>> | undefined;

/** The image as an SVG document; undefined for what is not in the pool. */
export async function imageOf(ref: string): Promise<string | undefined> {
  // of nine megabytes half a one is kept
  loading ??= load();
  loading.catch(() => (loading = undefined));
  return (await loading).get(ref);
}

async function load(): Promise<ReadonlyMap<string, string>> {
  const path = createRequire(import.meta.url).resolve('@iconify-json/fluent-emoji-flat/icons.json');
  const { icons, width = 32, height = 32 } = JSON.parse(await readFile(path, 'utf8')) as IconSet;
  return new Map(
    POOL.flatMap((ref) => {
      const icon = icons[ref];
      return icon ? [[ref, svgOf(icon.body, width, height)] as const] : [];
    }),
  );
}

const svgOf = (body: string, width: number, height: number): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${body}</svg>`;

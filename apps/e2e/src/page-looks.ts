import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import axe from 'axe-core';
import type { Page } from 'playwright-core';

const WIDTHS = [360, 1280];
const SCHEMES = ['light', 'dark'] as const;
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

interface Violation {
  id: string;
  nodes: { html: string; failureSummary?: string }[];
}

/**
 * Looks at pages as people have them: on a phone and a desktop, in light and dark. Each must pass axe (contrast too) and
 * need no sideways scrolling. `PAGE_SHOTS` names a folder for pictures.
 */
export class PageLooks {
  /** What is wrong, page by page. */
  readonly faults: string[] = [];
  private readonly seen = new Set<string>();

  constructor(private readonly folder = process.env.PAGE_SHOTS) {}

  /** Looks at the page that is open, once for each name. */
  async at(page: Page, name: string): Promise<void> {
    if (this.seen.has(name)) return;
    this.seen.add(name);
    await page.waitForLoadState('load');
    const before = page.viewportSize();
    for (const width of WIDTHS)
      for (const colorScheme of SCHEMES) {
        await page.setViewportSize({ width, height: 800 });
        // no picture of a colour on its way to another one
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        const where = `${name}, ${width} px, ${colorScheme}`;
        await this.shoot(page, `${name}-${width}-${colorScheme}.png`);
        await this.check(page, where);
      }
    await page.emulateMedia({ colorScheme: null, reducedMotion: null });
    if (before) await page.setViewportSize(before);
  }

  private async check(page: Page, where: string): Promise<void> {
    // texts: what runs in the page is no code of this project
    const wide = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
    if (wide > 0) this.faults.push(`${where}: ${wide} px too wide`);
    await page.evaluate(axe.source);
    const options = JSON.stringify({ runOnly: { type: 'tag', values: RULES } });
    const violations = await page.evaluate<Violation[]>(
      `axe.run(${options}).then(({ violations }) => violations)`,
    );
    for (const { id, nodes } of violations)
      for (const { html, failureSummary } of nodes)
        this.faults.push(`${where}: ${id}: ${html.slice(0, 160)}: ${failureSummary ?? ''}`);
  }

  private async shoot(page: Page, file: string): Promise<void> {
    if (this.folder === undefined) return;
    await mkdir(this.folder, { recursive: true });
    await page.screenshot({ path: join(this.folder, file), fullPage: true });
  }
}

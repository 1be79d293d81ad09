import type { BrowserContext, Page } from 'playwright-core';

/** A page of a browser of its own, and what that complains about. */
export class WatchedPage {
  /** What the browser complained about: scripts that failed, or what the pages' policy stopped. */
  readonly complaints: string[] = [];

  constructor(
    readonly page: Page,
    readonly context: BrowserContext,
  ) {
    page.on('pageerror', (error) => void this.complaints.push(String(error)));
    // a refusal is a 4xx, which browsers report as an error of the page
    page.on('console', (said) => {
      if (said.type() === 'error' && !said.text().includes('status of 4')) this.complaints.push(said.text());
    });
  }

  close(): Promise<void> {
    return this.context.close();
  }
}

import { jest } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launchBrowser } from './browser.ts';
import { type CallbackSite, openCallbackSite } from './callback-site.ts';
import { PageLooks } from './page-looks.ts';
import { Phone } from './phone.ts';
import { System } from './system.ts';

/** What specs in Chromium work at: a system, its virtual phone, the browser, and a relying party's site to come back to. */
export class BrowserDesk {
  /** What is wrong with a page that was looked at fails the test that looked. */
  readonly looks = new PageLooks();
  system!: System;
  phone!: Phone;
  browser!: Browser;
  site!: CallbackSite;

  /** Opened before the first test of the `describe` that asks for it, closed after its last. */
  static open(label: string): BrowserDesk {
    // each look at a page is four, and the machine may be busy with other files
    jest.setTimeout(90_000);
    const desk = new BrowserDesk();
    beforeAll(async () => {
      desk.system = await System.boot(label, { reachable: true });
      desk.phone = new Phone(desk.system);
      desk.browser = await launchBrowser();
      desk.site = await openCallbackSite();
    });
    afterAll(async () => {
      await desk.browser?.close();
      await desk.site?.close();
      await desk.system?.close();
    });
    afterEach(() => expect(desk.looks.faults).toEqual([]));
    return desk;
  }
}

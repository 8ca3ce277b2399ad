// What every browser test needs: Debian's Chromium with a profile of its own, a page that keeps
// account of what it asked for, and the words by which a person finds things on it.
//
//   const jackdaw = await serve({ mails: 3 });
//   const browser = await open();
//   const page = await browser.page(jackdaw);
//
// CHROMIUM names another browser than /usr/bin/chromium, JACKDAW_APP another built mail app than
// frontend/dist.

import assert from "node:assert/strict";

import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

import { eventually, start } from "../system/lib.mjs";

const APP = process.env.JACKDAW_APP ?? resolve(fileURLToPath(import.meta.url), "../../../frontend/dist");

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const PATIENCE_MS = 20_000;

/** As start of the system tests, with the built mail app. */
export const serve = (options) => start({ ...options, settings: `frontend_dir: ${APP}\n` });

/** The link that jackdaw prints. */
export const signInLink = (jackdaw) =>
  eventually("the sign-in link", async () => /http:\S+#\/signin\?link=\S+(?=\s)/.exec(jackdaw.output)?.[0]);

class Browser {
  constructor(process) {
    this.process = process;
  }

  /** A fresh page, not signed in. page.strangers: addresses it asked for elsewhere. */
  async blank(jackdaw) {
    const context = await this.process.newContext({
      viewport: { width: 1440, height: 900 },
      locale: "en-GB",
      timezoneId: "Europe/Vienna",
      permissions: ["clipboard-read", "clipboard-write"],
    });
    context.setDefaultTimeout(PATIENCE_MS);
    const page = await context.newPage();
    page.strangers = [];
    page.faults = [];
    page.on("request", (request) => {
      const url = request.url();
      if (/^(https?|wss?):/.test(url) && !url.startsWith(jackdaw.url)) page.strangers.push(url);
    });
    page.on("pageerror", (error) => page.faults.push(error.message));
    return page;
  }

  /** A page that has signed in by the printed link. */
  async page(jackdaw) {
    const page = await this.blank(jackdaw);
    await page.goto(await signInLink(jackdaw));
    await page.getByRole("tab", { name: /^All mail/ }).waitFor();
    return page;
  }

  close() {
    return this.process.close();
  }
}

export async function open() {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  return new Browser(await chromium.launch({ executablePath, args: FLAGS }));
}

/** The line of a message in the list. */
export const row = (page, subject) => page.getByRole("option").filter({ hasText: subject });

/** Nothing in the page failed, and nothing was asked for elsewhere. */
export function assertQuiet(page) {
  assert.deepEqual(page.faults, []);
  assert.deepEqual(page.strangers, []);
}

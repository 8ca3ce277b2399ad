// The server goes away and comes back: the page says so, and then shows what it missed.

import { after, before, test } from "node:test";

import { mail } from "../system/lib.mjs";
import { assertQuiet, open, row, serve } from "./browser.mjs";

let jackdaw, browser, page;

before(async () => {
  jackdaw = await serve({ mails: 2 });
  browser = await open();
  page = await browser.page(jackdaw);
  await row(page, "Letter 1").waitFor();
});

after(async () => {
  await browser?.close();
  await jackdaw?.stop();
});

test("a dead line is told of, and what is on screen stays", async () => {
  await jackdaw.end();
  await page.getByText("Reconnecting…").waitFor();
  await row(page, "Letter 1").waitFor();
});

test("a change that the server does not take is rolled back with a reason", async () => {
  await page.keyboard.press("j");
  await page.keyboard.press("u");
  await page.getByRole("alert").getByText("The server does not answer").waitFor();
  await row(page, "Letter 1").and(page.locator("[data-unread]")).waitFor();
});

test("when it is back, the page goes on and shows what came meanwhile", async () => {
  await jackdaw.deliver(mail(60, { subject: "While you were away" }));
  jackdaw.spawn();
  await jackdaw.ready();
  await row(page, "While you were away").waitFor();
  await page.getByText("Reconnecting…").waitFor({ state: "detached" });
  assertQuiet(page);
});

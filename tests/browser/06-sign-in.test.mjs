// Who comes by a link that is of no use any more is told why.

import { after, before, test } from "node:test";

import { assertQuiet, open, serve, signInLink } from "./browser.mjs";

let jackdaw, browser;

before(async () => {
  jackdaw = await serve();
  browser = await open();
});

after(async () => {
  await browser?.close();
  await jackdaw?.stop();
});

test("a link that was used opens the form with the reason", async () => {
  await browser.page(jackdaw);
  const page = await browser.blank(jackdaw);
  await page.goto(await signInLink(jackdaw));
  await page.getByRole("form", { name: "Sign in" }).getByRole("alert").getByText(/link/).waitFor();
  assertQuiet(page);
});

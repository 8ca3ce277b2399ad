// A long list: keys move in it, it loads as it is scrolled, and it stays where it is when mail
// arrives.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { mail } from "../system/lib.mjs";
import { assertQuiet, open, row, serve } from "./browser.mjs";

const MAILS = 450;

let jackdaw, browser, page;

before(async () => {
  jackdaw = await serve({ mails: MAILS });
  browser = await open();
  page = await browser.page(jackdaw);
  await page.getByRole("tab", { name: `All mail, ${MAILS} unread of ${MAILS}` }).waitFor();
});

after(async () => {
  await browser?.close();
  await jackdaw?.stop();
});

const scrollTo = (top) => page.locator("[data-scroller]").evaluate((list, to) => (list.scrollTop = to), top);
const scrolled = () => page.locator("[data-scroller]").evaluate((list) => list.scrollTop);
const selected = () => page.locator("[role=option][aria-selected=true]");

test("only what is on screen is in the page", async () => {
  await row(page, `Letter ${MAILS - 1}`).waitFor();
  assert.ok((await page.getByRole("option").count()) < 80);
});

test("keys move, open, and come back", async () => {
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  assert.match(await selected().textContent(), new RegExp(`Letter ${MAILS - 2}`));
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: `Letter ${MAILS - 2}` }).waitFor();
  await page.keyboard.press("k");
  await page.getByRole("heading", { level: 1, name: `Letter ${MAILS - 1}` }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("heading", { level: 1 }).waitFor({ state: "detached" });
});

test("u marks as unread, shown at once", async () => {
  await row(page, `Letter ${MAILS - 1}`).and(page.locator(":not([data-unread])")).waitFor();
  await page.keyboard.press("u");
  await row(page, `Letter ${MAILS - 1}`).and(page.locator("[data-unread]")).waitFor();
  await page.getByText("Marked as unread").waitFor();
});

test("the list loads as far as one scrolls", async () => {
  for (let at = 5000; !(await row(page, /Letter 0(?!\d)/).isVisible()); at += 5000) {
    await scrollTo(at);
    await page.waitForTimeout(50);
  }
});

test("further down a new mail is told of, and nothing moves", async () => {
  await scrollTo(4000);
  await row(page, "Letter 340").waitFor();
  const before = await scrolled();
  const seen = await page.getByRole("option").nth(20).textContent();
  await jackdaw.deliver(mail(MAILS + 50, { subject: "Fresh from the post" }));
  const pill = page.getByRole("button", { name: "1 new" });
  await pill.waitFor();
  assert.equal(await scrolled(), before);
  assert.equal(await page.getByRole("option").nth(20).textContent(), seen);
  await pill.click();
  await row(page, "Fresh from the post").waitFor();
  assert.equal(await scrolled(), 0);
});

test("what is decided late comes in where it belongs, and nothing moves under the eye", async () => {
  await scrollTo(4000);
  const place = (subject) => row(page, subject).evaluate((line) => Math.round(line.getBoundingClientRect().top));
  await row(page, "Letter 340").waitFor();
  const before = [await place("Letter 344"), await place("Letter 340"), await scrolled()];
  await jackdaw.deliver(mail(600, { subject: "Late, and on screen" }), 340);
  await row(page, "Late, and on screen").waitFor();
  assert.equal(await place("Letter 344"), before[0]);
  assert.equal(await place("Late, and on screen"), before[1]);
  // One further up, in the first page: the rows on screen stay, the way to the top grows.
  await jackdaw.deliver(mail(601, { subject: "Late, further up" }), 440);
  await page.waitForFunction((top) => document.querySelector("[data-scroller]").scrollTop === top, before[2] + 38);
  assert.equal(await place("Letter 344"), before[0]);
  await scrollTo(0);
  await row(page, "Late, further up").waitFor();
});

test("a search finds it, and its end brings the list back", async () => {
  await page.keyboard.press("/");
  await page.keyboard.type("fresh post");
  await page.keyboard.press("Enter");
  await page.getByRole("listbox", { name: "Messages found for fresh post" }).waitFor();
  await row(page, "Fresh from the post").waitFor();
  assert.match(page.url(), /q=fresh\+post/);
  await page.getByRole("button", { name: "End the search" }).click();
  await page.getByRole("listbox", { name: "All mail" }).waitFor();
  assertQuiet(page);
});

test("the keys are explained", async () => {
  await page.keyboard.press("?");
  await page.getByRole("dialog").getByText("Undo the last change").waitFor();
  await page.keyboard.press("Escape");
});

// Connecting mail, setting right what was found, and forgetting it.

import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { mail } from "../system/lib.mjs";
import { assertQuiet, open, row, serve } from "./browser.mjs";

let jackdaw, browser, page;

before(async () => {
  jackdaw = await serve({ mails: 2 });
  browser = await open();
  page = await browser.page(jackdaw);
  await page.getByRole("link", { name: "Accounts" }).click();
});

after(async () => {
  await browser?.close();
  await jackdaw?.stop();
});

test("a folder is connected and its mail appears", async () => {
  const second = join(jackdaw.folder, "second");
  for (const part of ["cur", "new", "tmp"]) await mkdir(join(second, part), { recursive: true });
  await writeFile(join(second, "new", "1767300000.M1P1.host"), mail(70, { subject: "From the second box" }));
  await page.getByLabel("Path").fill(second);
  await page.getByRole("button", { name: "Connect" }).click();
  const card = page.getByRole("region", { name: "second" });
  await card.getByText("1 messages").waitFor();
  await page.getByRole("link", { name: "Jackdaw" }).click();
  await row(page, "From the second box").waitFor();
  await page.getByLabel("Account").selectOption("second");
  await row(page, "Letter 1").waitFor({ state: "detached" });
});

test("a folder that is not there is refused in words, by its name", async () => {
  await page.getByRole("link", { name: "Accounts" }).click();
  await page.getByLabel("Path").fill(join(jackdaw.folder, "nowhere"));
  await page.getByRole("button", { name: "Connect" }).click();
  await page.getByText(/nowhere cannot be read/).waitFor();
});

test("a folder that goes away says so in its card, and its mail stays", async () => {
  const second = join(jackdaw.folder, "second");
  await rename(second, `${second}-away`);
  const card = page.getByRole("region", { name: "second" });
  await card.getByRole("alert").waitFor({ timeout: 90_000 });
  await card.getByText("1 messages").waitFor();
  await rename(`${second}-away`, second);
  await card.getByRole("alert").waitFor({ state: "detached", timeout: 90_000 });
});

test("the time zone is set, and a wrong one refused in words", async () => {
  const card = page.getByRole("region", { name: "second" });
  await card.getByRole("button", { name: "Change: Time zone" }).click();
  await card.getByLabel("Time zone").fill("Nowhere/Land");
  await page.keyboard.press("Escape");
  await card.getByRole("button", { name: "Save" }).click();
  await card.getByText(/Nowhere\/Land/).waitFor();
  await card.getByLabel("Time zone").fill("Europe/Lisbon");
  await card.getByRole("button", { name: "Save" }).click();
  await card.getByText("Europe/Lisbon").waitFor();
  await card.getByRole("button", { name: "Change: Time zone" }).waitFor();
});

test("forgetting says what will go, and then it is gone", async () => {
  const card = page.getByRole("region", { name: "second" });
  await card.getByRole("button", { name: "Forget" }).click();
  await page.getByRole("dialog").getByText("1 messages with their tasks and drafts leave Jackdaw").waitFor();
  await page.getByRole("button", { name: "Forget 1 messages" }).click();
  await card.waitFor({ state: "detached" });
  await page.getByRole("tab", { name: "All mail, 2 unread of 2" }).waitFor();
  assertQuiet(page);
});

// A person signs in, sees the mail, sees a new one come in decided, and sets it right.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { mail, OWNER, PASSWORD } from "../system/lib.mjs";
import { assertQuiet, open, row, serve } from "./browser.mjs";

let jackdaw, browser, page;

before(async () => {
  jackdaw = await serve({ mails: 3 });
  // The rules find tasks in what is written to the owner.
  const [account] = (await jackdaw.get("/accounts")).body.items;
  await jackdaw.ask("PATCH", `/accounts/${account.id}`, { body: { address: OWNER } });
  browser = await open();
});

after(async () => {
  await browser?.close();
  await jackdaw?.stop();
});

test("the printed link signs in and leaves the address", async () => {
  page = await browser.page(jackdaw);
  await row(page, "Letter 0").waitFor();
  assert.equal(await page.getByRole("option").count(), 3);
  assert.ok(!page.url().includes("link="), page.url());
  await page.evaluate(() => (window.sameDocument = true));
});

test("a mail that is delivered appears decided, on top, without reload", async () => {
  await jackdaw.deliver(mail(50, { subject: "Supper on Sunday" }));
  await row(page, "Supper on Sunday").waitFor();
  assert.match(await page.getByRole("option").first().textContent(), /Supper on Sunday/);
  await page.getByRole("tab", { name: "All mail, 4 unread of 4" }).waitFor();
  assert.equal(await page.evaluate(() => window.sameDocument), true);
});

test("opening it reads it and says why it is there", async () => {
  await row(page, "Supper on Sunday").click();
  await page.getByRole("heading", { level: 1, name: "Supper on Sunday" }).waitFor();
  await page.getByRole("document", { name: "Text of the message" }).getByText("could you please send me page 50").waitFor();
  const why = page.getByRole("region", { name: "Why here" });
  await why.getByText(/% sure/).waitFor();
  await why.getByRole("listitem").first().waitFor();
  await page.getByRole("tab", { name: "All mail, 3 unread of 4" }).waitFor();
});

test("its task leads to the sentence that asks for it", async () => {
  const tasks = page.getByRole("region", { name: "Tasks" });
  await tasks.getByTitle("Show it in the text").click();
  assert.match(await page.locator("mark").textContent(), /send me page 50/);
});

test("a task that is done can be taken back", async () => {
  const tasks = page.getByRole("region", { name: "Tasks" });
  await tasks.getByRole("checkbox").click();
  await page.getByText("Task done").waitFor();
  await tasks.getByText("all done").waitFor();
  await page.getByRole("button", { name: "Undo" }).click();
  await tasks.getByText("1 open").waitFor();
});

test("one key sets the category right, one takes it back", async () => {
  const category = page.getByRole("button", { name: /^Category:/ });
  const before = await category.textContent();
  await page.keyboard.press("9");
  await page.getByText("Moved to Spam").waitFor();
  await page.getByRole("region", { name: "Why here" }).getByText("your choice").waitFor();
  await page.getByRole("tab", { name: "Spam, 0 unread of 1" }).waitFor();
  await page.keyboard.press("z");
  await page.getByText("Undone: Moved to Spam").waitFor();
  await page.getByRole("tab", { name: "Spam, 0 unread of 0" }).waitFor();
  assert.equal(await category.textContent(), before);
});

test("the cookie signs in again after a reload", async () => {
  await page.reload();
  await row(page, "Supper on Sunday").waitFor();
  assertQuiet(page);
});

test("signing out shows the door, and the password opens it", async () => {
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel(/^Name/).fill("admin");
  await page.getByLabel(/^Password/).fill("wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").getByText("the name or the password is wrong").waitFor();
  await page.getByLabel(/^Password/).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await row(page, "Supper on Sunday").waitFor();
});

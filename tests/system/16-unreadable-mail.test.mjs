// Mail of which nothing can be made is counted apart from what is decided, and shown with the
// reason; the progress that people see still reaches its end.

import assert from "node:assert/strict";
import { open, rename } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { eventually, mail, start } from "./lib.mjs";

const TOO_LARGE = 65 << 20;

let jackdaw;
before(async () => (jackdaw = await start({ mails: 3 })));
after(() => jackdaw?.stop());

const account = async () => (await jackdaw.get("/accounts")).body.items[0];
const waiting = async () => (await jackdaw.get("/messages/counts")).body.waiting;

/** A mail of so many bytes, most of them a hole in its file. */
async function deliverLarge(bytes) {
  const aside = join(jackdaw.maildir, "tmp", "large");
  const file = await open(aside, "w");
  await file.write(mail(100));
  await file.truncate(bytes);
  await file.close();
  await rename(aside, join(jackdaw.maildir, "new", "1767225700.M1P2.large"));
}

test("an empty mail and one that is too large are rejected, not decided", async () => {
  await jackdaw.deliver("");
  await deliverLarge(TOO_LARGE);
  const now = await eventually("two rejected mails", async () => {
    const found = await account();
    return found.rejected === 2 ? found : null;
  });
  assert.equal(now.listed, 5);
  assert.equal(now.decided, 3);
  assert.equal(await waiting(), 0);
});

test("the list says which they are and why, page by page", async () => {
  const { id } = await account();
  const first = await jackdaw.get(`/accounts/${id}/rejected?limit=1`);
  assert.equal(first.status, 200);
  const second = await jackdaw.get(
    `/accounts/${id}/rejected?limit=1&cursor=${encodeURIComponent(first.body.next_cursor)}`,
  );
  const [large, empty] = [first.body.items[0], second.body.items[0]];
  assert.deepEqual(Object.keys(large).sort(), ["key", "mailbox", "reason", "received"]);
  assert.match(large.key, /large/);
  assert.match(large.reason, /68157440 bytes, more than/);
  assert.match(empty.reason, /empty/);
  assert.match(empty.received, /^2026-01-01T/);
});

test("whose account is not there, or another's, is answered with 404", async () => {
  assert.equal((await jackdaw.get("/accounts/0000000000001/rejected")).status, 404);
  assert.equal((await jackdaw.get("/accounts/nonsense/rejected")).status, 404);
});

test("the command line tells the same", async () => {
  const list = await jackdaw.run("account", "list");
  assert.match(list.stdout, /3 of 5 decided, 2 could not be read/);
  const { id } = await account();
  const rejected = await jackdaw.run("account", "rejected", id);
  assert.equal(rejected.code, 0, rejected.stderr);
  assert.match(rejected.stdout, /68157440 bytes, more than/);
  assert.match(rejected.stdout, /the message is empty/);
});

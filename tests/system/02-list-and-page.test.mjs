// The list: its order, its pages, its filters, the search, and that a page is not sent twice.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { ID, mail, start } from "./lib.mjs";

const MAILS = 25;
let jackdaw;
before(async () => (jackdaw = await start({ mails: MAILS })));
after(() => jackdaw?.stop());

async function pages(query, limit) {
  const items = [];
  let cursor = null;
  do {
    const next = cursor ? `&cursor=${encodeURIComponent(cursor)}` : "";
    const { status, body } = await jackdaw.get(`/messages?limit=${limit}${query}${next}`);
    assert.equal(status, 200);
    assert.ok(body.items.length <= limit);
    items.push(...body.items);
    cursor = body.next_cursor;
  } while (cursor);
  return items;
}

test("a row has what a list shows", async () => {
  const { body } = await jackdaw.get("/messages?limit=1");
  const [row] = body.items;
  assert.match(row.id, ID);
  assert.match(row.thread_id, ID);
  assert.deepEqual(row.from, { name: "Kim Sample", address: "kim@home.example" });
  assert.match(row.received, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  for (const name of ["unread", "flagged", "has_attachments", "needs_reply"]) {
    assert.equal(typeof row[name], "boolean", name);
  }
  for (const name of ["confidence", "task_count", "draft_count", "version"]) {
    assert.equal(typeof row[name], "number", name);
  }
});

test("pages of any size hold every message once, newest first", async () => {
  for (const limit of [1, 7, 25, 200]) {
    const items = await pages("", limit);
    assert.equal(new Set(items.map((item) => item.id)).size, MAILS, `limit ${limit}`);
    const times = items.map((item) => item.received);
    assert.deepEqual(times, [...times].sort().reverse());
  }
});

test("filters divide the whole", async () => {
  const { body } = await jackdaw.get("/messages/counts");
  assert.equal(body.total, MAILS);
  for (const { category, total } of body.items) {
    assert.equal((await pages(`&category=${category}`, 10)).length, total);
  }
  const unread = await pages("&unread=true", 10);
  const read = await pages("&unread=false", 10);
  assert.equal(unread.length + read.length, MAILS);
  const { body: accounts } = await jackdaw.get("/accounts");
  assert.equal((await pages(`&account=${accounts.items[0].id}`, 10)).length, MAILS);
});

test("the search finds words, and the beginning of the last one", async () => {
  await jackdaw.deliver(mail(900, { subject: "Quokka census", text: "Zebrafish count" }));
  await jackdaw.decided(MAILS + 1);
  for (const q of ["quokka", "QUOKKA census", "zebraf", "quokka zebrafish"]) {
    const { body } = await jackdaw.get(`/messages?q=${encodeURIComponent(q)}`);
    assert.deepEqual(body.items.map((item) => item.subject), ["Quokka census"], q);
  }
  const { body } = await jackdaw.get("/messages?q=wombat");
  assert.deepEqual(body, { items: [], next_cursor: null });
});

test("what the client has is not sent again until it changes", async () => {
  const first = await jackdaw.get("/messages");
  const headers = { "if-none-match": first.headers.get("etag") };
  assert.equal((await jackdaw.get("/messages", { headers })).status, 304);
  const [{ id, unread }] = first.body.items;
  await jackdaw.ask("PATCH", `/messages/${id}`, { body: { unread: !unread } });
  const again = await jackdaw.get("/messages", { headers });
  assert.equal(again.status, 200);
  assert.equal(again.body.items[0].unread, !unread);
});

test("cursors cannot be made up, changed or carried to another list", async () => {
  const { body } = await jackdaw.get("/messages?limit=1");
  const cursor = body.next_cursor;
  const cases = [`cursor=x`, `cursor=${cursor}x`, `cursor=B${cursor.slice(1)}`,
    `category=work&cursor=${cursor}`];
  for (const query of cases) {
    const answer = await jackdaw.get(`/messages?${query}`);
    assert.equal(answer.status, 400, query);
    assert.equal(answer.body.field, "cursor");
  }
  assert.equal((await jackdaw.get(`/tasks?cursor=${cursor}`)).status, 400);
});

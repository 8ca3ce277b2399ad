// Connecting mail through the API: what is wrong is told at once, and one mail is connected once.

import assert from "node:assert/strict";
import { symlink } from "node:fs/promises";
import { after, before, test } from "node:test";

import { prepare, start } from "./lib.mjs";

let jackdaw;
before(async () => (jackdaw = await start()));
after(() => jackdaw?.stop());

const add = (body) => jackdaw.ask("POST", "/accounts", { body: { name: "More", ...body } });

test("what no source takes is refused by name", async () => {
  const cases = [
    [{ kind: "nope", options: { path: "/tmp" } }, "kind", /there is: eml, .*maildir, mbox/],
    [{ kind: "maildir", options: {} }, "options", /'path' is missing/],
    [{ kind: "maildir", options: { path: "relative" } }, "options", /not an absolute path/],
    [{ kind: "maildir", options: { path: "/not/there" } }, "options", /\/not\/there cannot be read/],
    [{ kind: "mbox", options: { path: jackdaw.maildir } }, "options", /is no file/],
    [{ kind: "maildir", options: { path: "/etc/passwd" } }, "options", /is no folder/],
    [{ kind: "eml", options: { path: "/etc/passwd" } }, "options", /is no folder/],
    [{ kind: "maildir", options: { path: jackdaw.maildir, x: "1" } }, "options", /unknown option 'x'/],
    [{ kind: "maildir", options: { path: 5 } }, "options", /object of at most/],
    [{ kind: "maildir", options: [] }, "options", /object of at most/],
  ];
  for (const [body, field, detail] of cases) {
    const answer = await add(body);
    assert.equal(answer.status, 400, JSON.stringify(body));
    assert.equal(answer.body.field, field);
    assert.match(answer.body.detail, detail);
  }
});

test("a folder for a file, and a file for a folder, are refused on the command line too", async () => {
  for (const [mail, detail] of [[`mbox:${jackdaw.maildir}`, /is no file/], ["eml:/etc/passwd", /is no folder/]]) {
    const told = await jackdaw.run("account", "add", mail);
    assert.equal(told.code, 1, mail);
    assert.match(told.stderr, detail);
  }
});

test("the same mail by another way of writing its path is there already", async () => {
  for (const path of [`${jackdaw.maildir}/`, `${jackdaw.maildir}/../mail`]) {
    assert.equal((await add({ kind: "maildir", options: { path } })).status, 409);
  }
});

test("what is no mail is not connected, by no way", async () => {
  const link = `${jackdaw.folder}/link`;
  await symlink("/proc/self", link);
  const cases = [
    ["/proc/self/environ", /nothing below \/proc/],
    [`${link}/environ`, /nothing below \/proc/],
    ["/sys", /nothing below \/sys/],
    ["/dev/null", /nothing below \/dev/],
    [jackdaw.data, /own data folder/],
    [`${jackdaw.data}/storage/jackdaw.db`, /own data folder/],
    [`${jackdaw.maildir}/../var/storage`, /own data folder/],
  ];
  const before = (await jackdaw.get("/accounts")).body.items.length;
  for (const [path, detail] of cases) {
    const answer = await add({ kind: "mbox", options: { path } });
    assert.equal(answer.status, 400, path);
    assert.equal(answer.body.field, "options");
    assert.match(answer.body.detail, detail);
    const told = await jackdaw.run("account", "add", `mbox:${path}`);
    assert.equal(told.code, 1, path);
    assert.match(told.stderr, detail);
  }
  assert.equal((await jackdaw.get("/accounts")).body.items.length, before);
});

test("serve refuses such a path before it starts", async (context) => {
  const other = await prepare({ settings: "provision: { accounts: [{ name: Me, kind: eml, path: /sys }] }\n" });
  context.after(() => other.stop());
  other.spawn();
  assert.deepEqual(await other.ended, [1, null]);
  assert.match(other.output, /Me: \/sys is no place for mail/);
  const third = await prepare({ maildir: "/dev/null" });
  context.after(() => third.stop());
  third.spawn();
  assert.deepEqual(await third.ended, [1, null]);
  assert.match(third.output, /\/dev\/null is no place for mail: nothing below \/dev/);
});

test("an address is name@host and nothing else", async () => {
  const { body } = await jackdaw.get("/accounts");
  const path = `/accounts/${body.items[0].id}`;
  for (const address of ["x", "@b", "a@", "a@b@c", "<a@b>", "a@b, c@d", "a@b\r\nc", "Robin a@b"]) {
    assert.equal((await jackdaw.ask("PATCH", path, { body: { address } })).status, 400, address);
  }
  const changed = await jackdaw.ask("PATCH", path, { body: { address: "Robin@Hale.example" } });
  assert.deepEqual(changed.body.addresses, ["robin@hale.example"]);
});

test("an id of zeros is no id, and version 0 is no version", async () => {
  assert.equal((await jackdaw.get("/messages?account=0000000000000")).status, 400);
  const answer = await jackdaw.ask("PATCH", "/messages/0000000000000", {
    body: { unread: true },
    headers: { "if-match": '"0"' },
  });
  assert.equal(answer.status, 400);
});

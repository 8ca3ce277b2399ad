// Past mail is decided with the active rules on request; a rollback and another request bring back
// what stood before, but for what a person has changed.

import assert from "node:assert/strict";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { eventually, mail, start } from "./lib.mjs";

const MAILS = 30;
let jackdaw;
before(async () => {
  jackdaw = await start();
  for (let number = 1; number <= MAILS; number++) await jackdaw.deliver(mail(number));
  await jackdaw.decided(MAILS);
});
after(() => jackdaw?.stop());

async function rules(...words) {
  const ran = await jackdaw.run("rules", ...words);
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  return ran.stdout;
}

/** Category to number of messages, once `wanted` says that it is reached. */
async function categories(wanted) {
  return eventually("mail is decided again", async () => {
    const { body } = await jackdaw.get("/messages/counts");
    const counts = Object.fromEntries(body.items.map((one) => [one.category, one.total]));
    return body.waiting === 0 && wanted(counts) ? counts : null;
  });
}

test("a release decides new mail alone, until it is asked to decide past mail too", async () => {
  const folder = join(jackdaw.folder, "packs", "office");
  await mkdir(folder, { recursive: true });
  for (const up of [join(jackdaw.folder, "packs"), folder]) await chmod(up, 0o755);
  await writeFile(join(folder, "pack.lua"), 'return { name = "office", version = 1, api = 1, extends = "standard" }\n');
  await writeFile(
    join(folder, "kim.lua"),
    'classify "receipt" { name = "kim", evidence(9, "it is Kim", from:address_is { "kim@home.example" }) }\n',
  );
  await rules("push", join(jackdaw.folder, "packs"));
  await rules("activate", "2");
  const before = await categories(() => true);
  assert.equal(before.receipt ?? 0, 0);
  assert.match(await rules("apply"), new RegExp(`${MAILS} messages of 1 accounts are decided again`));
  await categories((counts) => counts.receipt === MAILS);
  assert.match(await rules("apply"), /has decided all mail already/);
});

test("rolled back and asked again, all is as before, but for a person's own correction", async () => {
  const { body } = await jackdaw.get("/messages");
  await jackdaw.ask("PATCH", `/messages/${body.items[0].id}`, { body: { category: "promotion" } });
  await rules("rollback");
  const told = await rules("apply");
  assert.match(told, new RegExp(`${MAILS} messages of 1 accounts are decided again`));
  assert.match(told, /1 of them keep the category that a person gave them/);
  const counts = await categories((now) => (now.receipt ?? 0) === 0);
  assert.equal(counts.promotion, 1);
});

// Many messages that leave at once are kept, and shown to be in doubt, until a second listing
// agrees; few leave at once.

import assert from "node:assert/strict";
import { mkdir, readdir, rename, rm, unlink } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { eventually, mail, start } from "./lib.mjs";

const MAILS = 200;

let jackdaw;
before(async () => (jackdaw = await start({ mails: MAILS })));
after(() => jackdaw?.stop());

const total = async () => (await jackdaw.get("/messages/counts")).body.total;
const account = async () => (await jackdaw.get("/accounts")).body.items[0];
const inDoubt = () =>
  eventually("the doubt is shown", async () => /no longer lists/.test((await account()).state_text));

async function remove(count) {
  const folder = join(jackdaw.maildir, "new");
  const names = (await readdir(folder)).sort();
  await Promise.all(names.slice(0, count).map((name) => unlink(join(folder, name))));
}

async function restart(change) {
  await jackdaw.end();
  await change();
  jackdaw.spawn();
  await jackdaw.ready();
  await jackdaw.signIn();
}

test("few are gone at once", async () => {
  await remove(20);
  await eventually("they are gone", async () => (await total()) === MAILS - 20);
  assert.equal((await account()).state_text, "");
});

test("an empty Maildir found at the start takes nothing away", async () => {
  await restart(async () => {
    await rename(jackdaw.maildir, `${jackdaw.maildir}.away`);
    for (const part of ["cur", "new", "tmp"]) {
      await mkdir(join(jackdaw.maildir, part), { recursive: true });
    }
  });
  await inDoubt();
  assert.equal(await total(), MAILS - 20);
  await restart(async () => {
    await rm(jackdaw.maildir, { recursive: true });
    await rename(`${jackdaw.maildir}.away`, jackdaw.maildir);
  });
  await eventually("no doubt is left", async () => (await account()).state_text === "");
  assert.equal(await total(), MAILS - 20);
});

test("a folder that is empty at once is believed after a second look", async () => {
  await rename(join(jackdaw.maildir, "new"), join(jackdaw.folder, "elsewhere"));
  await mkdir(join(jackdaw.maildir, "new"));
  await inDoubt();
  assert.equal(await total(), MAILS - 20);
  await eventually("both listings agree", async () => (await total()) === 0);
  assert.equal((await account()).state_text, "");
});

test("while removals are in doubt new mail is still seen", async () => {
  await restart(async () => {
    await rm(join(jackdaw.maildir, "new"), { recursive: true });
    await rename(join(jackdaw.folder, "elsewhere"), join(jackdaw.maildir, "new"));
  });
  await eventually("all is back", async () => (await total()) === MAILS - 20);
  await rename(jackdaw.maildir, `${jackdaw.maildir}.away`);
  for (const part of ["cur", "new", "tmp"]) await mkdir(join(jackdaw.maildir, part), { recursive: true });
  await inDoubt();
  await jackdaw.deliver(mail(900));
  await eventually("the new mail is there", async () => (await total()) === MAILS - 19, 15_000);
});

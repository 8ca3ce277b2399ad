// What the source marks as deleted or as a draft asks for nothing, for as long as it is marked so.

import assert from "node:assert/strict";
import { readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { eventually, mail, start } from "./lib.mjs";

const MAILS = 12; // enough for the owner to be found
let jackdaw;
before(async () => (jackdaw = await start({ mails: MAILS })));
after(() => jackdaw?.stop());

const FIRST = "Letter 0";
const tasks = async () => {
  const { items } = (await jackdaw.get("/tasks?limit=200")).body;
  return items.filter((task) => task.message_subject === FIRST).length;
};
const counted = async () => (await jackdaw.get("/messages?limit=200")).body.items.find((row) => row.subject === FIRST).task_count;

/** Puts the first mail of the Maildir under these flags, as another program does. */
async function mark(flags) {
  for (const part of ["cur", "new"]) {
    const [name] = (await readdir(join(jackdaw.maildir, part))).sort();
    if (!name) continue;
    await rename(join(jackdaw.maildir, part, name), join(jackdaw.maildir, "cur", `${name.split(":")[0]}:2,${flags}`));
    return;
  }
}

test("tasks come and go with the flags of their mail", async () => {
  await eventually("a task of the first mail", async () => (await tasks()) === 1);
  for (const [flags, wanted] of [["T", 0], ["", 1], ["D", 0]]) {
    await mark(flags);
    await eventually(`flags '${flags}'`, async () => (await tasks()) === wanted);
    assert.equal(await counted(), wanted);
  }
});

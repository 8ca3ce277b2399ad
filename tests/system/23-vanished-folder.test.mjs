// A mail folder that is away for a while, as one on a disk that is not mounted, loses nothing.

import assert from "node:assert/strict";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import { eventually, mail, prepare } from "./lib.mjs";

const MAILS = 3000;

/** In the midst of the first reading `away` takes the place of the mail; all is decided in the
 * end. */
async function readWhileAway(away) {
  const jackdaw = await prepare();
  try {
    for (let i = 0; i < MAILS; i++) await jackdaw.deliver(mail(i));
    jackdaw.spawn();
    await jackdaw.ready();
    await jackdaw.signIn();
    const counts = async () => (await jackdaw.get("/messages/counts")).body;
    await eventually("the first verdict", async () => (await counts()).total > 0);
    await rename(jackdaw.maildir, `${jackdaw.maildir}.away`);
    await away(jackdaw);
    // Something that is done only after the jobs under way have met what is there now.
    await eventually("a job that waits", async () => {
      const { body } = await jackdaw.get("/jobs");
      return body.items.some((job) => job.attempts > 0) || (await counts()).waiting === 0;
    });
    const { listed, decided, rejected } = (await jackdaw.get("/accounts")).body.items[0];
    assert.equal(rejected, 0);
    assert.ok(decided < listed, "what is away is not decided");
    await rm(jackdaw.maildir, { recursive: true, force: true });
    await rename(`${jackdaw.maildir}.away`, jackdaw.maildir);
    await jackdaw.decided(MAILS);
    assert.equal((await counts()).total, MAILS);
  } finally {
    await jackdaw.stop();
  }
}

test("the folder is not there", () => readWhileAway(async () => {}));

test("an empty Maildir stands in its place", () =>
  readWhileAway(async ({ maildir }) => {
    for (const part of ["cur", "new", "tmp"]) {
      await mkdir(join(maildir, part), { recursive: true });
    }
  }));

// Decisions do not depend on how mail came: live and in bursts, the owner's answers among it, or
// all at once into an empty Jackdaw.

import assert from "node:assert/strict";
import { test } from "node:test";

import { eventually, prepare } from "./lib.mjs";
import { mails, random } from "./mails.mjs";
import { query, settled } from "./store.mjs";

const FIRST = 40;
const MAILS = 400;
const SETTINGS = "workers: 2\n";

/** Waits for the end of the work; the digest. */
async function digest(jackdaw) {
  await eventually("all is settled", () => settled(jackdaw, MAILS));
  assert.equal(await jackdaw.end(), 0);
  const { stdout } = await jackdaw.run("digest");
  assert.match(stdout, new RegExp(`^[0-9a-f]{64} {2}${MAILS} messages\n$`));
  return stdout;
}

test("live in bursts or all at once: the same decisions", async () => {
  const dice = random(15);
  const texts = [...mails({ seed: 15, count: MAILS })];
  const live = await prepare({ settings: SETTINGS });
  const later = await prepare({ settings: SETTINGS, maildir: live.maildir });
  try {
    for (const text of texts.splice(0, FIRST)) await live.deliver(text);
    live.spawn();
    await live.ready();
    await eventually("the first are settled", () => settled(live, FIRST));
    while (texts.length) {
      for (const text of texts.splice(0, 1 + dice.below(12))) await live.deliver(text);
      await new Promise((done) => setTimeout(done, dice.below(40)));
    }
    const one = await digest(live);
    later.spawn();
    await later.ready();
    assert.equal(await digest(later), one);
    const [{ mine }] = await query(live, "SELECT sum(from_me) AS mine FROM messages");
    assert.ok(mine > 10, "there are mails of the owner among them");
  } finally {
    await later.stop();
    await live.stop();
  }
});

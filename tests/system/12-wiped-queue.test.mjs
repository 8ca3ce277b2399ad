// The queue is only an index of what the jobs' rows say: it may vanish at any moment, while
// Jackdaw runs or stands, and every mail is decided all the same.

import assert from "node:assert/strict";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import { eventually, prepare } from "./lib.mjs";
import { mails } from "./mails.mjs";
import { progress, query, settled } from "./store.mjs";

const MAILS = 600;

/** Removes the queue's database with what belongs to it. */
async function wipe(jackdaw) {
  const folder = join(jackdaw.data, "queue");
  for (const name of await readdir(folder)) await rm(join(folder, name), { force: true });
}

async function filled() {
  const jackdaw = await prepare({ settings: "workers: 1\ncompute: 1\n" });
  for (const text of mails({ seed: 12, count: MAILS })) await jackdaw.deliver(text);
  return jackdaw;
}

/** Waits until the ingest is under way, with jobs in the queue. */
const underWay = (jackdaw) =>
  eventually("the ingest is under way", async () => {
    const { decided, jobs } = await progress(jackdaw);
    return decided > 0 && decided < MAILS && jobs > 0;
  });

async function endsWell(jackdaw) {
  await eventually("all is decided", () => settled(jackdaw, MAILS), 100_000);
  const [counts] = await query(
    jackdaw,
    "SELECT (SELECT count(*) FROM items WHERE state = 3) AS decided, (SELECT count(*) FROM messages) AS messages",
  );
  assert.deepEqual(counts, { decided: MAILS, messages: MAILS });
  assert.match((await jackdaw.run("jobs", "list", "dead")).stdout, /^there are none/);
}

test("the queue is wiped while Jackdaw runs", async () => {
  const jackdaw = await filled();
  jackdaw.spawn();
  try {
    await jackdaw.ready();
    await underWay(jackdaw);
    await wipe(jackdaw);
    await endsWell(jackdaw);
    await jackdaw.signIn();
    for (const text of mails({ seed: 13, count: 2 })) await jackdaw.deliver(text);
    await jackdaw.decided(MAILS + 2);
  } finally {
    await jackdaw.stop();
  }
});

test("the queue is wiped while Jackdaw stands", async () => {
  const jackdaw = await filled();
  jackdaw.spawn();
  try {
    await jackdaw.ready();
    await underWay(jackdaw);
    assert.equal(await jackdaw.end(), 0);
    assert.ok((await progress(jackdaw)).decided < MAILS);
    await wipe(jackdaw);
    jackdaw.spawn();
    await jackdaw.ready();
    await endsWell(jackdaw);
  } finally {
    await jackdaw.stop();
  }
});

test("the queue is wiped after a kill in the midst of the work", async () => {
  const jackdaw = await filled();
  jackdaw.spawn();
  try {
    await jackdaw.ready();
    await underWay(jackdaw);
    const dead = jackdaw.process.pid;
    await jackdaw.end("SIGKILL");
    await wipe(jackdaw);
    jackdaw.spawn();
    await jackdaw.ready();
    const [{ held }] = await query(
      jackdaw,
      `SELECT count(*) AS held FROM jobs WHERE state = 'leased' AND lease_owner LIKE '%/${dead}.%'`,
    );
    assert.equal(held, 0, "jobs of the dead wait for nothing");
    await endsWell(jackdaw);
  } finally {
    await jackdaw.stop();
  }
});

// Activation and rollback are exact on several workers: while WORKERS of them ingest MAILS mails
// as fast as they can, one of two releases is activated after the other, SWITCHES times. Every
// verdict must name the release that was active when it was stored, none an older one.
//
//   WORKERS=4 SWITCHES=50 MAILS=16000 SEED=1 node --test tests/faults/activations.test.mjs

import assert from "node:assert/strict";
import { test } from "node:test";

import { eventually, prepare } from "../system/lib.mjs";
import { mails } from "../system/mails.mjs";
import { PACK, rules, strays, switchBack } from "../system/rules.mjs";
import { progress, query, settled } from "../system/store.mjs";

const WORKERS = Number(process.env.WORKERS ?? 4);
const SWITCHES = Number(process.env.SWITCHES ?? 50);
const MAILS = Number(process.env.MAILS ?? 16_000);
const SEED = Number(process.env.SEED ?? 1);
const PATIENCE_MS = 20 * 60_000;

test(`${SWITCHES} activations and rollbacks beside ${WORKERS} workers`, { timeout: 2 * PATIENCE_MS }, async (t) => {
  const jackdaw = await prepare({ settings: `workers: ${WORKERS}\nlog_level: error\n` });
  t.after(() => jackdaw.stop());
  let delivered = 0;
  for (const text of mails({ seed: SEED, count: MAILS })) {
    await jackdaw.deliver(text);
    delivered++;
  }
  jackdaw.spawn();
  await jackdaw.ready();
  await jackdaw.signIn();
  const admin = rules(jackdaw);
  const first = await admin.make("organisation", {});
  const second = await admin.make("organisation", { "office/pack.lua": PACK.replace("mine", "office") });
  await admin.activate(first.id);
  await switchBack(jackdaw, second, SWITCHES, delivered);
  const { decided } = await progress(jackdaw);
  assert.ok(decided < delivered, "the mail was at an end before the last switch: give more");
  await eventually("all decided", () => settled(jackdaw, delivered), PATIENCE_MS);
  assert.deepEqual(await strays(jackdaw), []);
  const [{ releases }] = await query(jackdaw, "SELECT count(DISTINCT release_id) AS releases FROM analyses");
  assert.ok(releases >= 2, "nothing was decided between two switches");
  t.diagnostic(`the last switch came when ${decided} of ${delivered} mails were decided`);
});

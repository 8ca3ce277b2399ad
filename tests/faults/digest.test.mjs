// The same mail gives the same decisions, whatever is killed meanwhile: an ingest is run once
// undisturbed, then RUNS times while random workers and compute children are killed, and
// `jackdaw digest` must be the same each time, with no dead job.
//
//   RUNS=20 MAILS=20000 SEED=1 node --test tests/faults/digest.test.mjs
//
// The mail is the corpus of JACKDAW_SHARED (or ../shared) if it is there, else generated.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { eventually, prepare } from "../system/lib.mjs";
import { mails, random } from "../system/mails.mjs";
import { killAtRandom } from "../system/processes.mjs";
import { progress, settled } from "../system/store.mjs";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const SHARED = process.env.JACKDAW_SHARED ?? resolve(ROOT, "../shared");
const CORPUS = join(SHARED, "corpora/bulk/mail-20000.tar.xz");
const RUNS = Number(process.env.RUNS ?? 20);
const MAILS = Number(process.env.MAILS ?? 20_000);
const SEED = Number(process.env.SEED ?? 1);
const PATIENCE_MS = 20 * 60_000;
const FIRST_SECOND = 1_500_000_000;

let folder, maildir;

const nameOf = (number) => `${FIRST_SECOND + number}.M${number}P1.host:2,`;

/** Every file below `from`, in order, until there are MAILS. */
async function unpacked(from) {
  const list = await readdir(from, { recursive: true });
  const names = list.filter((name) => name.endsWith(".eml")).sort();
  const step = Math.max(1, Math.floor(names.length / MAILS));
  return names.filter((_, at) => at % step === 0).slice(0, MAILS);
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "jackdaw-digest-"));
  await chmod(folder, 0o755);
  maildir = join(folder, "mail");
  for (const part of ["cur", "new", "tmp"]) await mkdir(join(maildir, part), { recursive: true });
  let number = 0;
  if (existsSync(CORPUS)) {
    await promisify(execFile)("tar", ["xf", CORPUS, "-C", folder, "--transform", "s,^mail,eml,"]);
    for (const name of await unpacked(join(folder, "eml"))) {
      await rename(join(folder, "eml", name), join(maildir, "cur", nameOf(number++)));
    }
    await rm(join(folder, "eml"), { recursive: true });
  } else {
    for (const text of mails({ seed: SEED, count: MAILS })) {
      await writeFile(join(maildir, "cur", nameOf(number++)), text);
    }
  }
});

after(() => rm(folder, { recursive: true, force: true }));

/** One ingest from nothing to settled: { digest, dead, killed, seconds }. */
async function ingest(dice) {
  const jackdaw = await prepare({ maildir, settings: "workers: 2\nlog_level: warning\n" });
  const started = Date.now();
  let over = false;
  jackdaw.spawn();
  try {
    await jackdaw.ready();
    const killing = dice ? killAtRandom(jackdaw, dice, () => over) : 0;
    await eventually("all is settled", () => settled(jackdaw, MAILS), PATIENCE_MS).finally(
      () => (over = true),
    );
    const killed = await killing;
    const seconds = (Date.now() - started) / 1000;
    assert.equal(await jackdaw.end(), 0);
    const digest = await jackdaw.run("digest");
    const dead = await jackdaw.run("jobs", "list", "dead");
    return { digest: digest.stdout, dead: dead.stdout, killed, seconds };
  } catch (error) {
    const stand = await progress(jackdaw).catch(() => null);
    error.message += `\n${JSON.stringify(stand)}\n${jackdaw.output.slice(-4000)}`;
    throw error;
  } finally {
    await jackdaw.stop();
  }
}

test(`${MAILS} mails are decided alike in ${RUNS} runs with kills`, { timeout: Infinity }, async (t) => {
  const undisturbed = await ingest(null);
  assert.match(undisturbed.digest, /^[0-9a-f]{64} {2}\d+ messages\n$/);
  t.diagnostic(`undisturbed: ${undisturbed.seconds.toFixed(1)} s, ${undisturbed.digest}`);
  for (let run = 0; run < RUNS; run++) {
    await t.test(`run ${run + 1}, seed ${SEED + run}`, async (one) => {
      const disturbed = await ingest(random(SEED + run));
      one.diagnostic(`${disturbed.killed} kills, ${disturbed.seconds.toFixed(1)} s`);
      assert.equal(disturbed.digest, undisturbed.digest);
      assert.match(disturbed.dead, /^there are none/);
    });
  }
});

// A candidate looks at live mail beside the active release: where it differs is counted and
// listed, what is decided stays the active release's, and a candidate that breaks is put aside.

import assert from "node:assert/strict";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { eventually, mail, start } from "./lib.mjs";

let jackdaw;
before(async () => (jackdaw = await start()));
after(() => jackdaw?.stop());

/** A pack that calls everything from Kim spam, as a folder; `rule` instead of that. */
async function pack(name, rule) {
  const folder = join(jackdaw.folder, name, "office");
  await mkdir(folder, { recursive: true });
  for (const up of [join(jackdaw.folder, name), folder]) await chmod(up, 0o755);
  await writeFile(
    join(folder, "pack.lua"),
    'return { name = "office", version = 1, api = 1, extends = "standard" }\n',
  );
  await writeFile(
    join(folder, "kim.lua"),
    rule ??
      'classify "spam" { name = "kim", evidence(9, "it is Kim", from:address_is { "kim@home.example" }) }\n',
  );
  return join(jackdaw.folder, name);
}

async function rules(...words) {
  const ran = await jackdaw.run("rules", ...words);
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  return ran.stdout;
}

test("the candidate is counted and decides nothing", async () => {
  await rules("push", await pack("strict"), "--comment", "no mail from Kim");
  await rules("candidate", "2");
  await jackdaw.deliver(mail(1));
  await jackdaw.deliver(mail(2));
  await jackdaw.decided(2);
  const { body } = await jackdaw.get("/messages");
  for (const one of body.items) assert.notEqual(one.category, "spam");
  const report = await rules("shadow");
  assert.match(report, /[2-9] {2}seen/); // again when the owner is found meanwhile
  assert.match(report, /[2-9] {2}changed/);
  assert.match(report, /-> spam/);
  assert.match(report, /your own mail\n/);
  assert.match(report, / {2}kim@home\.example: Letter 2\n/);
});

test("promoted, it decides; rolled back, it does not", async () => {
  await rules("activate", "2", "--comment", "as the shadow said");
  await jackdaw.deliver(mail(3));
  await jackdaw.decided(3);
  const newest = async () => (await jackdaw.get("/messages")).body.items[0];
  assert.equal((await newest()).category, "spam");
  assert.match((await jackdaw.run("rules", "shadow")).stderr, /there is no candidate/);
  await rules("rollback");
  await jackdaw.deliver(mail(4));
  await jackdaw.decided(4);
  assert.notEqual((await newest()).category, "spam");
});

test("a rule of the candidate that fails is counted and holds up nothing", async () => {
  const loop = 'classify "spam" { name = "loop", evidence(1, "runs on", where(function() while true do end end)) }\n';
  await rules("push", await pack("broken", loop));
  await rules("candidate", "3");
  await jackdaw.deliver(mail(5));
  await jackdaw.decided(5);
  const report = await eventually("the failure is counted", async () => {
    const text = await rules("shadow");
    return text.includes("office/loop") ? text : null;
  });
  assert.match(report, /office\/loop -> instructions/);
  await rules("candidate", "none");
});

// What rules did is counted: how often each fired, failed, and was corrected by a person.

import assert from "node:assert/strict";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { eventually, mail, start } from "./lib.mjs";

let jackdaw;
before(async () => (jackdaw = await start()));
after(() => jackdaw?.stop());

const RULES = `
classify "receipt" { name = "kim", evidence(9, "it is Kim", from:address_is { "kim@home.example" }) }
classify "spam" { name = "loop", evidence(1, "runs on", where(function() while true do end end)) }
`;

const patch = (id, body) => jackdaw.ask("PATCH", `/messages/${id}`, { body });

async function rules(...words) {
  const ran = await jackdaw.run("rules", ...words);
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  return ran.stdout;
}

/** { hits, corrected, failed } of a rule; null: no line of it yet. */
async function figures(rule) {
  const line = (await rules("figures")).split("\n").find((one) => one.endsWith(`  ${rule}`));
  if (!line) return null;
  const [hits, corrected, failed] = line.trim().split(/\s+/).map(Number);
  return { hits, corrected, failed };
}

test("each rule's hits and failures are counted", async () => {
  const folder = join(jackdaw.folder, "packs", "office");
  await mkdir(folder, { recursive: true });
  for (const up of [join(jackdaw.folder, "packs"), folder]) await chmod(up, 0o755);
  await writeFile(join(folder, "pack.lua"), 'return { name = "office", version = 1, api = 1, extends = "standard" }\n');
  await writeFile(join(folder, "kim.lua"), RULES);
  await rules("push", join(jackdaw.folder, "packs"));
  await rules("activate", "2");
  for (let number = 1; number <= 3; number++) await jackdaw.deliver(mail(number));
  await jackdaw.decided(3);
  const kim = await eventually("the figures are written", async () => {
    const now = await figures("office/kim");
    return now?.hits === 3 ? now : null;
  });
  assert.deepEqual(kim, { hits: 3, corrected: 0, failed: 0 });
  assert.equal((await figures("office/loop")).failed, 3);
  assert.match(await rules("figures"), /release 2 decided 3 messages/);
});

test("a correction counts once against the rules that spoke for it", async () => {
  const { body } = await jackdaw.get("/messages");
  const [one, other] = body.items;
  assert.equal(one.category, "receipt");
  for (const category of ["work", "personal"]) {
    assert.equal((await patch(one.id, { category })).status, 200);
  }
  assert.equal((await patch(other.id, { category: "receipt" })).status, 200);
  assert.equal((await figures("office/kim")).corrected, 1);
});

test("a rule that fails again and again is left out, named, and taken up again by a person", async () => {
  for (let number = 4; number <= 24; number++) await jackdaw.deliver(mail(number));
  await jackdaw.decided(24);
  assert.match(await rules("figures"), /suspended office\/loop: failed \d+ times, last office\/kim\.lua:3: /);
  const newest = async () => {
    const { body } = await jackdaw.get("/messages?limit=1");
    return (await jackdaw.get(`/messages/${body.items[0].id}/explain`)).body.analysis;
  };
  await jackdaw.deliver(mail(25));
  await jackdaw.decided(25);
  assert.deepEqual((await newest()).suspended, ["office/loop"]);
  assert.deepEqual((await newest()).failures, []);
  await rules("resume", "office/loop");
  await jackdaw.deliver(mail(26));
  await jackdaw.decided(26);
  assert.equal((await newest()).suspended, undefined);
  assert.equal((await newest()).failures[0].rule, "office/loop");
  assert.match((await jackdaw.run("rules", "resume", "office/loop")).stderr, /is not suspended/);
});

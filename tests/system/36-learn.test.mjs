// Models of labelled lines, and decisions over lines: order, bad lines, exit codes, sameness.

import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { run } from "./lib.mjs";

let folder;
before(async () => (folder = await mkdtemp(join(tmpdir(), "jackdaw-learn-"))));
after(() => rm(folder, { recursive: true }));

const ASKS = ["Please send", "Could you call about", "Let us discuss", "Can you check", "Kindly sign"];
const TELLS = ["He had seen", "It was about", "They liked", "We never had", "She told of"];
const THINGS = ["the report", "the garden", "the numbers", "the contract", "the old bridge", "the boats"];

const sentences = Array.from({ length: 240 }, (_, i) => {
  const ask = i % 2 === 1;
  return { id: i, text: `${(ask ? ASKS : TELLS)[(i >> 1) % 5]} ${THINGS[(i * 7) % 6]} and ${THINGS[(i * 5) % 6]}.`, label: ask ? "yes" : "no" };
});
const mails = Array.from({ length: 120 }, (_, i) => {
  const sale = i % 2 === 1;
  const message = `From: ${sale ? "Shop <news@shop.example>" : "Ann <ann@friend.example>"}\r\nTo: me@home.example\r\n` +
    `Subject: ${sale ? "Sale of" : "About"} ${THINGS[i % 6]}\r\n\r\n${sale ? "Buy now, 20 % off." : "See you at the pond."} \u00fc\r\n`;
  return { id: `m${i}`, message, label: sale ? "sale" : "friend" };
});

async function write(name, items) {
  const path = join(folder, name);
  await writeFile(path, items.map((item) => (typeof item === "string" ? item : JSON.stringify(item))).join("\n") + "\n");
  return path;
}

const decided = (answer) => answer.stdout.split("\n").filter(Boolean).map((line) => JSON.parse(line));

test("sentences are learned, and decided in their order", async () => {
  const input = await write("sentences.jsonl", sentences);
  const model = join(folder, "ask.model");
  const learned = await run("learn", "ask", "--jsonl", input, "--out", model);
  assert.equal(learned.code, 0, learned.stderr);
  assert.match(learned.stdout, /^ask: 240 lessons, \d+ features/);
  const answer = await run("decide", "--jsonl", input, "--learned", `ask=${model}`);
  assert.equal(answer.code, 0, answer.stderr);
  const lines = decided(answer);
  assert.deepEqual(lines.map((line) => line.id), sentences.map((item) => item.id));
  const right = lines.filter((line, i) => line.learned.ask.label === sentences[i].label).length;
  assert.ok(right > 230, `${right} of 240`);
  assert.equal(lines.find((line) => line.id === 1).is_task, true);
  assert.equal(lines.find((line) => line.id === 0).is_task, false);
  for (const { confidence, learned: { ask } } of lines) assert.ok(confidence >= 0 && confidence <= 1 && ask.score > 0 && ask.score < 1);
});

test("the same lessons give the same model in any order", async () => {
  const models = [];
  for (const [name, items] of [["one", mails], ["other", mails.toReversed()]]) {
    const model = join(folder, `${name}.model`);
    const answer = await run("learn", name, "--jsonl", await write(`${name}.jsonl`, items), "--out", model);
    assert.equal(answer.code, 0, answer.stderr);
    models.push(await readFile(model, "utf8"));
  }
  assert.equal(models[0], models[1]);
  assert.match(models[0], /^jackdaw-model 1\nkind mail 1\nlessons 120 [0-9a-f]{64}\nlabels 2\n60 friend\n60 sale\n/);
  assert.ok(!models[0].includes("pond"));
});

test("a bad line is told with its number, and the others are decided", async () => {
  const input = await write("bad.jsonl", ['{"id":"a","text":"Could you call me?"}', "{no", '{"text":"x"}', "",
    '{"id":"b","message":"\u0394"}', '{"id":"c","message":"a","text":"b"}', '{"id":"d","message":"Subject: zero\\u0000\\n\\nx"}',
    '{"id":"e","message":""}', '{"id":7,"text":"It rained.\\n\\nRegards,\\nAnn Miller\\nTel 555 0100","sender":"Ann Miller"}']);
  const answer = await run("decide", "--jsonl", input);
  assert.equal(answer.code, 2);
  assert.deepEqual(decided(answer).map((line) => line.id), ["a", "d", 7]);
  assert.deepEqual(decided(answer)[2].signature_lines, [2, 3, 4]);
  for (const line of [2, 3, 5, 6, 8]) assert.match(answer.stderr, new RegExp(`bad\\.jsonl: line ${line}: `));
  assert.equal(answer.stderr.trim().split("\n").length, 5);
  const learned = await run("learn", "x", "--jsonl", input, "--out", join(folder, "x.model"));
  assert.equal(learned.code, 1); // no line has a label
  assert.match(learned.stderr, /two labels at least/);
});

test("rules of a folder ask the model that lies beside them", async () => {
  const answer = await run("learn", "sale", "--jsonl", await write("sale.jsonl", mails), "--out", join(folder, "sale.model"));
  assert.equal(answer.code, 0, answer.stderr);
  await mkdir(join(folder, "rules/own"), { recursive: true });
  await mkdir(join(folder, "rules/learned"));
  await rename(join(folder, "sale.model"), join(folder, "rules/learned/sale.model"));
  await writeFile(join(folder, "rules/own/pack.lua"), 'return { name = "own", version = 1, api = 1 }\n');
  await writeFile(join(folder, "rules/own/sale.lua"),
    'classify "promotion" { name = "sale",\n  evidence(3, "the model says so", learned("sale"):is("sale", 0.6)),\n}\n');
  const lines = decided(await run("decide", "--jsonl", join(folder, "sale.jsonl"), "--rules", join(folder, "rules")));
  assert.deepEqual(lines.slice(0, 4).map((line) => line.category), ["personal", "promotion", "personal", "promotion"]);
});

test("what is wrongly called is told", async () => {
  const cases = [
    [["learn"], 2, /usage: jackdaw learn NAME/],
    [["learn", "Bad Name", "--jsonl", "x", "--out", "y"], 2, /usage: jackdaw learn NAME/],
    [["learn", "x", "--jsonl", "/nowhere", "--out", "y"], 1, /\/nowhere/],
    [["decide"], 2, /usage: jackdaw decide/],
    [["decide", "--help"], 0, /^usage: jackdaw decide/],
    [["decide", "--jsonl", "/nowhere"], 1, /\/nowhere/],
    [["decide", "--jsonl", join(folder, "bad.jsonl"), "--learned", "x"], 2, /usage: jackdaw decide/],
    [["decide", "--jsonl", join(folder, "bad.jsonl"), "--learned", `x=${join(folder, "bad.jsonl")}`], 1, /learned\/x\.model: line 1 /],
  ];
  for (const [words, code, text] of cases) {
    const answer = await run(...words);
    assert.equal(answer.code, code, words.join(" "));
    assert.match(answer.stdout + answer.stderr, text);
  }
});

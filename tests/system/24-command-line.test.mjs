// What is wrongly typed is told with its cure, and nothing is done.

import assert from "node:assert/strict";
import { access } from "node:fs/promises";
import { after, before, test } from "node:test";

import { run, start } from "./lib.mjs";

let jackdaw;
before(async () => (jackdaw = await start()));
after(() => jackdaw?.stop());

const WITHOUT_DATA = [
  [["help", "serve"], 0, /^usage: jackdaw serve/],
  [["help", "nope"], 2, /no command 'nope'; `jackdaw help`/],
  [["-h"], 0, /usage: jackdaw COMMAND/],
  [["config", "--help"], 0, /jackdaw config check/],
  [["plugin", "--help"], 0, /jackdaw plugin list/],
  [["sandbox", "--help"], 0, /usage: jackdaw sandbox/],
  [["digest", "more"], 2, /usage: jackdaw digest/],
  [["migrate", "more"], 2, /usage: jackdaw migrate/],
];

const WITH_DATA = [
  [["jobs", "list", "nope"], 1, /ready, leased or dead/],
  [["user", "link", "nobody"], 1, /no user 'nobody'/],
  [["account", "edit", "mail"], 1, /--address ADDRESS or --time-zone ZONE/],
];

test("without a data folder", async () => {
  for (const [words, code, text] of WITHOUT_DATA) {
    const answer = await run(...words);
    assert.equal(answer.code, code, words.join(" "));
    assert.match(answer.stdout + answer.stderr, text);
  }
});

test("with a data folder", async () => {
  for (const [words, code, text] of WITH_DATA) {
    const answer = await jackdaw.run(...words);
    assert.equal(answer.code, code, words.join(" "));
    assert.match(answer.stdout + answer.stderr, text);
  }
});

test("only serve makes a data folder", async () => {
  const data = `${jackdaw.folder}/nowhere`;
  for (const words of [["migrate"], ["digest"], ["jobs", "list"], ["account", "list"]]) {
    const { code, stderr } = await run(...words, "--data", data);
    assert.equal(code, 1);
    assert.match(stderr, /no data folder .*nowhere; `jackdaw serve` makes it/);
    await assert.rejects(access(data));
  }
});

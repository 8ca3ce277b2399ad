// docs/rules.md is true: each of its commands, run as it stands in a folder of its own.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { start } from "./lib.mjs";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const BINARY = resolve(process.env.JACKDAW_BIN ?? join(ROOT, "build", "jackdaw"));

let jackdaw;
before(async () => (jackdaw = await start({ mails: 5 })));
after(() => jackdaw?.stop());

/** The commands that the page asks to paste, in order. */
async function commands() {
  const page = await readFile(join(ROOT, "docs", "rules.md"), "utf8");
  return [...page.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block).join("\n");
}

/** Runs a script in `folder`, where `jackdaw` is the program under test. */
async function paste(folder, script) {
  const program = join(folder, "bin", "jackdaw");
  await mkdir(dirname(program), { recursive: true });
  await writeFile(program, `#!/bin/sh\nexec ${BINARY} "$@"\n`);
  await chmod(program, 0o755);
  const env = {
    ...process.env,
    PATH: `${dirname(program)}:${process.env.PATH}`,
    DATA: jackdaw.data,
  };
  return new Promise((done) => {
    execFile("bash", ["-euc", script], { cwd: folder, env }, (error, stdout, stderr) => {
      done({ code: error ? error.code : 0, stdout, stderr });
    });
  });
}

test("a new admin succeeds with the page alone", async () => {
  // The data folder has its configuration beside it here; where it stands in it, it is found.
  await writeFile(join(jackdaw.data, "jackdaw.yaml"), await readFile(jackdaw.config));
  const folder = join(jackdaw.folder, "page");
  const { code, stdout, stderr } = await paste(folder, await commands());
  assert.equal(code, 0, stdout + stderr);
  assert.match(stdout, /^2 passed, 0 failed$/m);
  assert.match(stdout, /^matched family\/close-people/m);
  assert.match(stdout, /^release 2 passed/m);
  assert.match(stdout, /^\d+ of 5 messages differ/m);
  assert.match(stdout, /^release 2 decides new mail from now on$/m);
  assert.match(stdout, /^release 1 decides new mail again$/m);
  const active = await readFile(join(folder, "from-jackdaw", "standard", "pack.lua"), "utf8");
  assert.match(active, /name = "standard"/);
});

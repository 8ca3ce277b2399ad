// What rules cost, turn and turn about so that the machine's moods cancel: the standard pack, the
// same in a plain Lua state, and with 200 further rules. rules.mjs MAIL_FOLDER TURNS

import { spawnSync } from "node:child_process";

const [folder, turns] = process.argv.slice(2);
const kinds = {
  sandbox: ["build/tests/rules_bench", "rules/standard"],
  bare: ["build/tests/rules_bench_bare", "rules/standard"],
  more: ["build/tests/rules_bench", "rules/standard", "", "200"],
  "made, sandbox": ["build/tests/rules_bench", ""],
  "made, bare": ["build/tests/rules_bench_bare", ""],
};
const figures = {};

for (let turn = 1; turn <= Number(turns); turn++) {
  for (const [kind, [program, ...rest]] of Object.entries(kinds)) {
    const { stdout, stderr, status } = spawnSync(program, [folder, ...rest], { encoding: "utf8" });
    if (status !== 0) throw new Error(`${program}: ${stderr}`);
    const [, mail, ten] = /decide: ([\d.]+) us per mail, ([\d.]+) us per 10 kB/.exec(stdout);
    console.log(`turn ${turn}, ${kind.padEnd(14)} ${mail} us per mail, ${ten} us per 10 kB`);
    (figures[kind] ??= []).push({ mail: Number(mail), ten: Number(ten) });
  }
}

const worst = (values) => Math.max(...values);
const ratio = (a, b) => worst(figures[a].map((one, at) => one.mail / figures[b][at].mail));

function show(what, value, target, unit) {
  console.log(`${what.padEnd(58)} ${value.toFixed(2)}${unit}`.padEnd(76), `target at most ${target}`, value <= target ? "met" : "MISSED");
}
show("the standard pack, per 10 kB", worst(figures.sandbox.map((one) => one.ten)), 80, " us");
show("sandbox beside a plain Lua state, standard pack", ratio("sandbox", "bare"), 1.3, " x");
show("sandbox beside a plain Lua state, 40 made rules", ratio("made, sandbox", "made, bare"), 1.3, " x");
show("with 200 further list and word rules", ratio("more", "sandbox"), 1.3, " x");

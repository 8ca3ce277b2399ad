// The worst ratio over all turns, beside its target: summary.mjs FILE.jsonl

import { readFileSync } from "node:fs";

const rows = readFileSync(process.argv[2], "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line));
const of = (peer, what) => rows.filter((row) => row.peer === peer && (!what || row.what === what));
const ours = of("jackdaw");
const worst = (ratios, pick) => (ratios.length ? pick(...ratios) : null);

function show(name, value, target, good, unit = "") {
  const text = value === null ? "the peer is missing" : `${value.toFixed(2)}${unit}`;
  console.log(`${name.padEnd(58)} ${text.padEnd(22)} target ${target.padEnd(14)} ${value === null ? "" : good ? "met" : "MISSED"}`);
}

function ratio(name, peer, what, figure, target, atLeast) {
  const theirs = of(peer, what);
  const ratios = ours.slice(0, theirs.length).map((row, i) => row[figure] / theirs[i][figure]);
  const value = worst(ratios, atLeast ? Math.min : Math.max);
  show(name, value, `${atLeast ? "at least" : "at most"} ${target}`, atLeast ? value >= target : value <= target, " x");
}

ratio("messages per second beside notmuch new", "mail-notmuch", "new", "per_s", 4, true);
ratio("messages per second beside mu index", "mail-mu", "index", "per_s", 2.5, true);
ratio("CPU seconds beside the limit mail-fts5 (contentless)", "mail-fts5", "ingest", "cpu_s", 2.5, false);
for (const [name, figure, target, unit] of [
  ["memory of all processes at the peak", "peak_mb", 220, " MB"],
  ["memory of all processes, idle after it", "idle_mb", 60, " MB"],
  ["first 50 decided rows", "first_50_s", 2, " s"],
  ["newest 1,000 decided", "first_1000_s", 5, " s"],
  ["start to ready on 20,000 messages", "ready_ms", 300, " ms"],
]) {
  const value = worst(ours.map((row) => row[figure]), Math.max);
  show(name, value, `at most ${target}`, value <= target, unit);
}

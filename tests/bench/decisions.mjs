// Decisions against what people said: task sentences, spam, genre of mail, signature lines, and
// whether confidence means what it says. Nothing is decided by what learned from it: the last bits
// of SHA-256 of the id cut each set. Rules: the figure is of the odd half, whose errors are not
// read while rules are written; beside it the even half. Models: each eighth is decided by a model of
// the other seven; beside it the odd half by a model of the even half.
//   decisions.mjs JACKDAW LABELLED_FOLDER WORK_FOLDER [RULES_FOLDER]

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [jackdaw, labelled, work, rules] = process.argv.slice(2);
const RESAMPLES = 1000;
// Categories that stand for mail which looks like spam and is none; what is neither is ham.
const CLASS_OF_CATEGORY = { spam: "spam", newsletter: "hard_ham", promotion: "hard_ham" };
const SHARE_OF_TASKS = 0.31; // in mail as it comes; the labelled sentences have more

function run(command, args, input) {
  const result = spawnSync(command, args, { input, maxBuffer: 1 << 30, encoding: "utf8" });
  if (result.error || result.status === 1) throw new Error(`${command} ${args[0]}: ${result.stderr || result.error}`);
  return result.stdout;
}

function load(name) {
  const file = join(labelled, `${name}.jsonl.xz`);
  if (!existsSync(file)) {
    console.log(`missing: ${file} (set JACKDAW_SHARED); its figures are left out`);
    return null;
  }
  const eighths = [[], [], [], [], [], [], [], []];
  for (const line of run("xz", ["-dc", file]).split("\n").filter(Boolean)) {
    const item = JSON.parse(line);
    eighths[createHash("sha256").update(item.id).digest().at(-1) & 7].push(item);
  }
  return eighths;
}

const lines = (items) => items.map((item) => JSON.stringify(item)).join("\n") + "\n";

function learn(name, items) {
  const [input, model] = [join(work, `${name}.jsonl`), join(work, `${name}.model`)];
  writeFileSync(input, lines(items));
  run(jackdaw, ["learn", name, "--jsonl", input, "--out", model]);
  return model;
}

/** Pairs of what was labelled and what was decided. */
function decide(items, models) {
  const input = join(work, "decide.jsonl");
  writeFileSync(input, lines(items));
  const options = Object.entries(models).flatMap(([name, file]) => ["--learned", `${name}=${file}`]);
  if (rules) options.push("--rules", rules);
  const decided = new Map();
  for (const line of run(jackdaw, ["decide", "--jsonl", input, ...options]).split("\n").filter(Boolean)) {
    const one = JSON.parse(line);
    decided.set(one.id, one);
  }
  return items.filter((item) => decided.has(item.id)).map((item) => ({ item, one: decided.get(item.id) }));
}

// Figures over rows. A row has what it counts, so that a resample is a sum.

const sum = (rows, value) => rows.reduce((total, row) => total + value(row), 0);
const ratio = (a, b) => (b ? a / b : 0);

/** Rows {truth, said}; `weight` of rows that are not wanted. */
function f1(rows, wanted, weight = 1) {
  const hits = sum(rows, (r) => r.truth === wanted && r.said === wanted);
  const wrong = sum(rows, (r) => r.truth !== wanted && r.said === wanted) * weight;
  return ratio(2 * hits, hits + wrong + sum(rows, (r) => r.truth === wanted));
}
const macroF1 = (labels) => (rows) => sum(labels, (label) => f1(rows, label)) / labels.length;
const accuracy = (rows) => ratio(sum(rows, (r) => r.truth === r.said), rows.length);
function f1AtShare(rows) {
  const yes = sum(rows, (r) => r.truth === "yes");
  const share = yes / rows.length;
  return f1(rows, "yes", (share / (1 - share)) * ((1 - SHARE_OF_TASKS) / SHARE_OF_TASKS));
}
const linesF1 = (rows) => ratio(2 * sum(rows, (r) => r.hits), sum(rows, (r) => r.said + r.truth));

/** Expected calibration error: ten bins of equal width by the score of what was said; in each,
 * the mean score against the share that was right; weighted by the bin's size. */
function calibrationError(rows) {
  const bins = new Array(10).fill(0);
  for (const row of rows) bins[Math.min(9, Math.floor(row.score * 10))] += row.score - (row.truth === row.said);
  return bins.reduce((total, bin) => total + Math.abs(bin), 0) / rows.length;
}

let seed = 1;
function random() { // mulberry32: the same intervals at each run
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}

function interval(rows, figure) {
  const figures = [];
  for (let i = 0; i < RESAMPLES; i++) figures.push(figure(rows.map(() => rows[Math.floor(random() * rows.length)])));
  figures.sort((a, b) => a - b);
  return [figures[Math.floor(RESAMPLES * 0.025)], figures[Math.floor(RESAMPLES * 0.975)]];
}

const cell = (value) => value.toFixed(3).padStart(6);

/** `rows` give the figure and its interval, `beside` the one beside it. */
function print(name, { rows, beside }, figure, target, isError = false) {
  const value = figure(rows);
  const [low, high] = interval(rows, figure);
  const met = target === null ? "" : (isError ? value < target : value >= target) ? "met" : "MISSED";
  const wanted = target === null ? "" : `${isError ? "<" : ">="} ${target.toFixed(2)}`;
  console.log(`${name.padEnd(46)} ${cell(value)}  [${cell(low)}, ${cell(high)}]  ${cell(figure(beside))}  ${wanted.padEnd(8)} ${met}`);
}

const isOdd = (eighth) => (eighth & 1) === 1;
const half = (eighths, wanted) => eighths.filter((_, i) => wanted(i)).flat();

/** What the rules say: of the odd half, and beside it of the even one. */
function byRules(eighths, row) {
  const [odd, even] = [isOdd, (i) => !isOdd(i)].map((wanted) => decide(half(eighths, wanted), {}).map(row));
  return { rows: odd, beside: even };
}

/** What models say that learned from the others. */
function byModel(name, eighths) {
  const row = ({ item, one }) => ({ truth: item.label, said: one.learned[name].label, score: one.learned[name].score });
  const judge = (items, lessons) => decide(items, { [name]: learn(name, lessons) }).map(row);
  return {
    rows: eighths.flatMap((items, i) => judge(items, half(eighths, (other) => other !== i))),
    beside: judge(half(eighths, isOdd), half(eighths, (i) => !isOdd(i))),
  };
}

function tasks() {
  const eighths = load("intent");
  if (!eighths) return;
  const rules = byRules(eighths, ({ item, one }) => ({ truth: item.label, said: one.is_task ? "yes" : "no" }));
  const model = byModel("task", eighths);
  print("task sentences, rules: F1 of yes", rules, (rows) => f1(rows, "yes"), 0.66);
  print(`  as if ${100 * SHARE_OF_TASKS} % were tasks`, rules, f1AtShare, null);
  print("task sentences, learner: F1 of yes", model, (rows) => f1(rows, "yes"), 0.74);
  print(`  as if ${100 * SHARE_OF_TASKS} % were tasks`, model, f1AtShare, null);
  print("  calibration error of the score", model, calibrationError, 0.05, true);
}

function spam() {
  const eighths = load("spamassassin");
  if (!eighths) return;
  const figure = macroF1(["ham", "hard_ham", "spam"]);
  const rules = byRules(eighths, ({ item, one }) => ({
    truth: item.label, said: CLASS_OF_CATEGORY[one.category] ?? "ham", score: one.confidence }));
  const model = byModel("spam", eighths);
  print("ham, hard ham, spam, rules: macro-F1", rules, figure, 0.8);
  print("  calibration error of confidence", rules, calibrationError, 0.05, true);
  print("ham, hard ham, spam, learner: macro-F1", model, figure, 0.93);
  print("  calibration error of the score", model, calibrationError, 0.05, true);
}

function genre() {
  const eighths = load("enron-categories");
  if (!eighths) return;
  const model = byModel("genre", eighths);
  print("genre of mail, learner: accuracy", model, accuracy, 0.68);
  print("  calibration error of the score", model, calibrationError, 0.05, true);
}

function signatures() {
  const eighths = load("signature");
  if (!eighths) return;
  const rules = byRules(eighths, ({ item, one }) => {
    const text = item.text.split("\n");
    const truth = new Set(item.signature_lines.filter((line) => text[line].trim()));
    return { truth: truth.size, said: one.signature_lines.length, hits: sum(one.signature_lines, (line) => (truth.has(line) ? 1 : 0)) };
  });
  print("signature lines, rules: F1", rules, linesF1, 0.8);
}

mkdirSync(work, { recursive: true });
console.log(`${"".padEnd(46)} figure  [95 % interval ]  beside  target`);
tasks();
spam();
genre();
signatures();

// One Jackdaw under measurement: its processes, their CPU and memory, as the kernel counts them.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { resolve } from "node:path";

const TICKS = 100; // USER_HZ

function read(path) {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return ""; // the process has ended
  }
}

function parentOf(pid) {
  const stat = read(`/proc/${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1] || 0);
}

/** A process and all below it. */
export function tree(root) {
  const parents = new Map();
  for (const name of readdirSync("/proc")) {
    if (/^\d+$/.test(name)) parents.set(Number(name), parentOf(name));
  }
  const found = [root];
  for (let i = 0; i < found.length; i++) {
    for (const [pid, parent] of parents) if (parent === found[i]) found.push(pid);
  }
  return found;
}

/** CPU seconds of the tree, those of children that have ended included. */
export function cpuSeconds(root) {
  let ticks = 0;
  for (const pid of tree(root)) {
    const stat = read(`/proc/${pid}/stat`);
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    for (const field of [11, 12, 13, 14]) ticks += Number(fields[field] || 0);
  }
  return ticks / TICKS;
}

/** Memory of the tree in MB, shared pages counted once (Pss). */
export function memoryMb(root) {
  let kib = 0;
  for (const pid of tree(root)) {
    kib += Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0);
  }
  return kib / 1024;
}

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
export const percentile = (values, p) =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor((values.length * p) / 100))];

export class Jackdaw {
  constructor(data, port) {
    this.data = data;
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.output = "";
  }

  wipe() {
    rmSync(this.data, { recursive: true, force: true });
  }

  async start(mail) {
    const binary = resolve(process.env.JACKDAW_BIN ?? "build/jackdaw");
    this.startedAt = performance.now();
    this.process = spawn(binary, ["serve", "--data", this.data, "--port", String(this.port), "--mail", `maildir:${mail}`],
      { env: { ...process.env, JACKDAW_ADMIN_PASSWORD: "bench bench bench" } });
    this.ended = once(this.process, "exit");
    for (const stream of [this.process.stdout, this.process.stderr]) stream.on("data", (text) => (this.output += text));
    for (;;) {
      const ok = await fetch(`${this.url}/health/ready`).then((answer) => answer.ok, () => false);
      if (ok) break;
      if (this.process.exitCode !== null) throw new Error(this.output);
      await sleep(2);
    }
    this.readyMs = performance.now() - this.startedAt;
  }

  async ask(path, options = {}) {
    const answer = await fetch(`${this.url}/api/v1${path}`, {
      ...options,
      headers: { authorization: `Bearer ${this.token}`, "content-type": "application/json", ...options.headers },
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  async signIn() {
    const body = JSON.stringify({ username: "admin", password: "bench bench bench" });
    this.token = (await this.ask("/auth/login", { method: "POST", body })).access_token;
  }

  async stop() {
    this.process.kill("SIGTERM");
    await this.ended;
  }
}

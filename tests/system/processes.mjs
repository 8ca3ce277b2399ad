// What Linux says of the processes below a running Jackdaw.
//
//   const family = await processes(jackdaw.process.pid);
//   family.filter((one) => one.kind === "worker")

import { readdir, readFile, readlink } from "node:fs/promises";

/** The text of /proc/PID/NAME; empty when the process is gone. */
export async function proc(pid, name) {
  return readFile(`/proc/${pid}/${name}`, "utf8").catch(() => "");
}

/** One value of /proc/PID/status. */
export async function status(pid, name) {
  const text = await proc(pid, "status");
  return new RegExp(`^${name}:[ \\t]*(.*?)[ \\t]*$`, "m").exec(text)?.[1];
}

/** Whether it runs; one that only waits to be reaped does not. */
export async function alive(pid) {
  const state = await status(pid, "State");
  return state !== undefined && !/^[ZX]/.test(state);
}

/** Number to target of each open descriptor. */
export async function descriptors(pid) {
  const open = {};
  for (const number of await readdir(`/proc/${pid}/fd`)) {
    open[number] = await readlink(`/proc/${pid}/fd/${number}`);
  }
  return open;
}

/** "gateway", "scheduler", "worker", "setup", "zygote", "compute" (a child of a zygote). */
function kindOf(words, parent) {
  if (words[1] === "role") return words[2].replace(/-\d+$/, "");
  if (parent?.kind === "zygote" || parent?.kind === "compute") return "compute";
  return words[1] === "compute-zygote" ? "zygote" : words[1];
}

async function children(pid) {
  const text = await proc(pid, `task/${pid}/children`);
  const listed = text.split(" ").filter(Boolean).map(Number);
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  for (const thread of threads.filter((id) => id !== String(pid))) {
    const more = await proc(pid, `task/${thread}/children`);
    listed.push(...more.split(" ").filter(Boolean).map(Number));
  }
  return listed;
}

/** All processes below `pid`, parents first: { pid, parent, kind, words }. */
export async function processes(pid) {
  const found = [];
  async function descend(parentPid, parent) {
    for (const child of await children(parentPid)) {
      const words = (await proc(child, "cmdline")).split("\0");
      if (words.length < 2) continue; // gone meanwhile
      const one = { pid: child, parent: parentPid, kind: kindOf(words, parent), words };
      found.push(one);
      await descend(child, one);
    }
  }
  await descend(pid, null);
  return found;
}

/** Kills workers and compute children of `jackdaw` at random, every `least` to `most` ms, until
 * `over()` says so; how many. */
export async function killAtRandom(jackdaw, dice, over, { least = 50, most = 500 } = {}) {
  let killed = 0;
  while (!over()) {
    await new Promise((done) => setTimeout(done, least + dice.below(most - least)));
    const family = await processes(jackdaw.process.pid);
    const victims = family.filter(({ kind }) => kind === "worker" || kind === "compute");
    if (!victims.length || over()) continue;
    try {
      process.kill(dice.one(victims).pid, "SIGKILL");
      killed++;
    } catch (error) {
      if (error.code !== "ESRCH") throw error; // it ended by itself
    }
  }
  return killed;
}

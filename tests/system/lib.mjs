// What every system test needs: a Jackdaw of its own on free ports with a temporary data folder
// and a Maildir of its own, and a client that speaks REST. Only public interfaces are used.
//
//   const jackdaw = await start({ mails: 20 });
//   after(() => jackdaw.stop());
//   const { body } = await jackdaw.get("/messages");
//
// JACKDAW_BIN names the binary (build/jackdaw otherwise).

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { WebSocketClient } from "./ws.mjs";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const PATIENCE_MS = 60_000;
const BINARY = resolve(process.env.JACKDAW_BIN ?? join(ROOT, "build", "jackdaw"));

export const OWNER = "robin@home.example";
export const PASSWORD = "correct horse battery staple";
export const ID = /^[0-9A-HJKMNP-TV-Z]{13}$/;

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** Runs a command of jackdaw to its end, which is soon: { code, stdout, stderr }. */
export function run(...words) {
  return runWith("", ...words);
}

/** The same with `input` on its standard input. */
export function runWith(input, ...words) {
  return new Promise((done) => {
    const options = { maxBuffer: 64 << 20, timeout: PATIENCE_MS };
    const child = execFile(BINARY, words, options, (error, stdout, stderr) => {
      done({ code: error ? (error.code ?? -1) : 0, stdout, stderr });
    });
    child.stdin.on("error", () => {}); // it may end without reading
    child.stdin.end(input);
  });
}

/** Asks again until `test` gives something true; its value. */
export async function eventually(what, test, patience = PATIENCE_MS) {
  const deadline = Date.now() + patience;
  for (;;) {
    const value = await test().catch(() => null);
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`waited in vain: ${what}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

/** A plain mail; `number` decides its place in time. */
export function mail(number, { subject = `Letter ${number}`, text } = {}) {
  const date = new Date(Date.UTC(2026, 0, 1) + number * 60_000).toUTCString();
  return [
    `From: Kim Sample <kim@home.example>`,
    `To: Robin Sample <${OWNER}>`,
    `Subject: ${subject}`,
    `Date: ${date.replace("GMT", "+0000")}`,
    `Message-ID: <letter-${number}-${subject.length}@home.example>`,
    `Content-Type: text/plain; charset=utf-8`,
    "",
    text ?? `Hello Robin,\r\n\r\ncould you please send me page ${number} by Friday?\r\n\r\nKim`,
    "",
  ].join("\r\n");
}

class Jackdaw {
  constructor(folder, port, metricsPort) {
    this.folder = folder;
    this.port = port;
    this.metricsPort = metricsPort;
    this.url = `http://127.0.0.1:${port}`;
    this.maildir = join(folder, "mail");
    this.output = "";
    this.delivered = 0;
    this.options = []; // more for serve
  }

  /** Puts a mail into the Maildir as a delivery agent does: written aside, then renamed. It was
   * received as the `place`-th, one a second. */
  async deliver(text, place = this.delivered) {
    const name = `${1_767_225_600 + place}.M${this.delivered++}P1.host`;
    const aside = join(this.maildir, "tmp", name);
    await writeFile(aside, text);
    await rename(aside, join(this.maildir, "new", name));
  }

  get config() {
    return join(this.folder, "jackdaw.yaml");
  }

  get data() {
    return join(this.folder, "var");
  }

  /** A command of jackdaw on this one's data: { code, stdout, stderr }. */
  run(...words) {
    return run(...words, "--config", this.config);
  }

  spawn() {
    this.process = spawn(
      BINARY,
      ["serve", "--config", this.config, "--mail", `maildir:${this.maildir}`, ...this.options],
      { env: { ...process.env, JACKDAW_ADMIN_PASSWORD: PASSWORD } },
    );
    this.ended = once(this.process, "exit").catch((error) => {
      this.output += `${error.message}: build it, or name it in JACKDAW_BIN`;
      return [-1];
    });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream.on("data", (data) => (this.output += data));
    }
  }

  async ready() {
    const gone = this.ended.then(() => {
      throw new Error(`jackdaw ended:\n${this.output}`);
    });
    const asked = eventually("ready", async () => (await fetch(`${this.url}/health/ready`)).ok);
    await Promise.race([asked, gone]);
  }

  /** The exit code. */
  async end(signal = "SIGTERM") {
    this.process.kill(signal);
    const [code] = await this.ended;
    return code;
  }

  async stop() {
    if (this.process?.pid && this.process.exitCode === null && this.process.signalCode === null) {
      await this.end();
    }
    await rm(this.folder, { recursive: true, force: true });
  }

  /** One request below /api/v1: { status, headers, body }. */
  async ask(method, path, { body, headers = {}, token = this.token } = {}) {
    const response = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: {
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    const json = response.headers.get("content-type")?.includes("json");
    return {
      status: response.status,
      headers: response.headers,
      body: json ? JSON.parse(text) : text,
    };
  }

  get(path, options) {
    return this.ask("GET", path, options);
  }

  async signIn(username = "admin", password = PASSWORD) {
    const answer = await this.ask("POST", "/auth/login", { body: { username, password } });
    if (answer.status === 200) this.token = answer.body.access_token;
    return answer;
  }

  /** Waits until so many mails are decided. */
  decided(count) {
    return eventually(`${count} decided mails`, async () => {
      const { body } = await this.get("/messages/counts");
      return body.total >= count;
    });
  }

  /** A WebSocket that has said hello. */
  async listen({ after, token = this.token, ...options } = {}) {
    const socket = await WebSocketClient.open(this.port, options);
    await socket.send({ type: "hello", token, ...(after ? { after } : {}) });
    return socket;
  }
}

/** One that is not started: folders, ports and configuration. `settings`: more lines of
 * jackdaw.yaml. `maildir`: one that is there already, which is only read. */
export async function prepare({ settings = "", maildir } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "jackdaw-system-"));
  await chmod(folder, 0o755);
  const jackdaw = new Jackdaw(folder, await freePort(), await freePort());
  jackdaw.maildir = maildir ?? jackdaw.maildir;
  for (const part of maildir ? [] : ["cur", "new", "tmp"]) {
    await mkdir(join(jackdaw.maildir, part), { recursive: true });
  }
  await writeFile(
    jackdaw.config,
    "data_dir: ./var\n" +
      `listen: 127.0.0.1:${jackdaw.port}\n` +
      `metrics_listen: 127.0.0.1:${jackdaw.metricsPort}\n` +
      settings,
  );
  return jackdaw;
}

/** Starts one, ready, signed in, and with `mails` letters decided. */
export async function start({ mails = 0, ...options } = {}) {
  const jackdaw = await prepare(options);
  for (let i = 0; i < mails; i++) await jackdaw.deliver(mail(i));
  jackdaw.spawn();
  try {
    await jackdaw.ready();
    const { status } = await jackdaw.signIn();
    if (status !== 200) throw new Error(`the first sign-in was answered with ${status}`);
    await jackdaw.decided(mails);
  } catch (error) {
    await jackdaw.stop();
    error.message += `\n${jackdaw.output}`;
    throw error;
  }
  return jackdaw;
}

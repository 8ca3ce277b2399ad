// A WebSocket client on a bare socket, so that tests can cut the handshake into pieces, stop
// reading, and see close codes; RFC 6455 as far as that needs.

import { createHash, randomBytes } from "node:crypto";
import { connect } from "node:net";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** Sends `bytes` in pieces of `size` bytes, each in a packet of its own. */
export async function sendInPieces(socket, bytes, size) {
  for (let i = 0; i < bytes.length; i += size) {
    await new Promise((done) => socket.write(bytes.subarray(i, i + size), done));
    await new Promise((done) => setImmediate(done));
  }
}

function maskedFrame(opcode, payload) {
  const mask = randomBytes(4);
  const head = payload.length < 126
    ? Buffer.from([0x80 | opcode, 0x80 | payload.length])
    : Buffer.from([0x80 | opcode, 0x80 | 126, payload.length >> 8, payload.length & 255]);
  const body = Buffer.from(payload.map((byte, i) => byte ^ mask[i % 4]));
  return Buffer.concat([head, mask, body]);
}

/** Takes one whole frame off the front of `buffer`; null: there is none yet. */
function takeFrame(buffer) {
  if (buffer.length < 2) return null;
  let length = buffer[1] & 127;
  let at = 2;
  if (length === 126) {
    if (buffer.length < 4) return null;
    length = buffer.readUInt16BE(2);
    at = 4;
  } else if (length === 127) {
    if (buffer.length < 10) return null;
    length = Number(buffer.readBigUInt64BE(2));
    at = 10;
  }
  if (buffer.length < at + length) return null;
  return {
    opcode: buffer[0] & 15,
    payload: buffer.subarray(at, at + length),
    rest: buffer.subarray(at + length),
  };
}

export class WebSocketClient {
  /** Connects and shakes hands; rejects with the status line when it is not a 101. */
  static async open(port, { path = "/api/v1/events", headers = {}, pieces = 0 } = {}) {
    const client = new WebSocketClient();
    const key = randomBytes(16).toString("base64");
    client.socket = connect({ host: "127.0.0.1", port, noDelay: true });
    await new Promise((done, fail) => {
      client.socket.once("connect", done);
      client.socket.once("error", fail);
    });
    const lines = {
      Host: `127.0.0.1:${port}`,
      Upgrade: "websocket",
      Connection: "Upgrade",
      "Sec-WebSocket-Key": key,
      "Sec-WebSocket-Version": "13",
      ...headers,
    };
    const request = Buffer.from(
      `GET ${path} HTTP/1.1\r\n` +
        Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`).join("") +
        "\r\n",
    );
    const answered = client.#readHandshake(key);
    await sendInPieces(client.socket, request, pieces || request.length);
    await answered;
    return client;
  }

  #buffer = Buffer.alloc(0);
  #frames = []; // not read yet
  #waiting = []; // readers
  closed = null; // the close code, once closed

  #readHandshake(key) {
    const expected = createHash("sha1").update(key + GUID).digest("base64");
    return new Promise((done, fail) => {
      let upgraded = false;
      this.socket.on("data", (data) => {
        this.#buffer = Buffer.concat([this.#buffer, data]);
        if (!upgraded) {
          const end = this.#buffer.indexOf("\r\n\r\n");
          if (end < 0) return;
          const head = this.#buffer.subarray(0, end).toString();
          if (!head.startsWith("HTTP/1.1 101") || !head.includes(expected)) {
            this.socket.destroy();
            fail(new Error(head.split("\r\n")[0]));
            return;
          }
          upgraded = true;
          this.#buffer = this.#buffer.subarray(end + 4);
          done();
        }
        this.#readFrames();
      });
      this.socket.on("error", fail);
      this.socket.on("close", () => {
        fail(new Error("closed without an answer"));
        this.closed ??= 1006;
        this.#deliver();
      });
    });
  }

  #readFrames() {
    for (let frame; (frame = takeFrame(this.#buffer)); ) {
      this.#buffer = frame.rest;
      if (frame.opcode === 1) {
        this.#frames.push(JSON.parse(frame.payload.toString()));
      } else if (frame.opcode === 8) {
        this.closed = frame.payload.length >= 2 ? frame.payload.readUInt16BE(0) : 1005;
      } else if (frame.opcode === 9) {
        this.socket.write(maskedFrame(10, frame.payload));
      }
    }
    this.#deliver();
  }

  #deliver() {
    while (this.#waiting.length && (this.#frames.length || this.closed !== null)) {
      this.#waiting.shift()(this.#frames.shift() ?? null);
    }
  }

  send(value, pieces = 0) {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    const frame = maskedFrame(1, Buffer.from(text));
    return sendInPieces(this.socket, frame, pieces || frame.length);
  }

  /** The next frame as an object; null when the connection is closed. */
  next() {
    return new Promise((done) => {
      this.#waiting.push(done);
      this.#deliver();
    });
  }

  /** The next frame for which `test` is true. */
  async until(test) {
    for (;;) {
      const frame = await this.next();
      if (frame === null) throw new Error(`closed with ${this.closed}`);
      if (test(frame)) return frame;
    }
  }

  /** Waits for the end and gives its code. */
  async end() {
    while ((await this.next()) !== null);
    return this.closed;
  }

  close() {
    this.socket.destroy();
  }
}

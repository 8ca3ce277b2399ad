import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { lineState, openLine, pauseMs, readFrame, type Line } from "./events";

class FakeSocket {
  sent: unknown[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  closed = false;
  send = (text: string): void => void this.sent.push(JSON.parse(text));
  close = (): void => void (this.closed = true);
  say = (frame: unknown): void => this.onmessage?.({ data: JSON.stringify(frame) });
}

let sockets: FakeSocket[];
let line: Line;
const onEvent = vi.fn();
const onReload = vi.fn();
const token = vi.fn(async (stale?: string) => (stale ? "newer" : "token"));

const last = (): FakeSocket => sockets.at(-1) as FakeSocket;

async function greeted(): Promise<FakeSocket> {
  await vi.waitFor(() => expect(sockets.length).toBeGreaterThan(0));
  last().onopen?.();
  return last();
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.clearAllMocks();
  sockets = [];
  const connect = (): WebSocket => {
    sockets.push(new FakeSocket());
    return last() as unknown as WebSocket;
  };
  line = openLine({ token, onEvent, onReload, connect });
});

afterEach(() => {
  line.close();
  vi.useRealTimers();
});

describe("a line", () => {
  it("says hello with the token, and is live when it is welcome", async () => {
    const socket = await greeted();
    expect(socket.sent).toEqual([{ type: "hello", token: "token" }]);
    expect(lineState.get()).toBe("connecting");
    socket.say({ type: "welcome", epoch: 1, seq: 40 });
    expect(lineState.get()).toBe("live");
    expect(onReload).toHaveBeenCalledTimes(1);
  });

  it("goes on behind the last event after it was cut, and loads nothing anew", async () => {
    const socket = await greeted();
    socket.say({ type: "welcome", epoch: 1, seq: 40 });
    socket.say({ type: "event", seq: 41, at: "", event: "messages.decided", data: { count: 1 } });
    expect(onEvent).toHaveBeenCalledWith("messages.decided", { count: 1 });
    socket.onclose?.({ code: 1006 });
    expect(lineState.get()).toBe("lost");
    await vi.advanceTimersByTimeAsync(1000);
    expect((await greeted()).sent).toEqual([{ type: "hello", token: "token", after: { epoch: 1, seq: 41 } }]);
    last().say({ type: "welcome", epoch: 1, seq: 60 });
    last().say({ type: "event", seq: 42, at: "", event: "task.changed", data: {} });
    expect(onReload).toHaveBeenCalledTimes(1);
    last().onclose?.({ code: 1001 });
    await vi.advanceTimersByTimeAsync(1000);
    expect((await greeted()).sent).toEqual([{ type: "hello", token: "token", after: { epoch: 1, seq: 42 } }]);
  });

  it("loads anew when its place is unknown, and goes on from there", async () => {
    const socket = await greeted();
    socket.say({ type: "welcome", epoch: 1, seq: 40 });
    socket.say({ type: "resync", epoch: 2, seq: 7 });
    expect(onReload).toHaveBeenCalledTimes(2);
    socket.onclose?.({ code: 1006 });
    await vi.advanceTimersByTimeAsync(1000);
    expect((await greeted()).sent).toEqual([{ type: "hello", token: "token", after: { epoch: 2, seq: 7 } }]);
  });

  it("renews an expired token and is back at once", async () => {
    const socket = await greeted();
    socket.say({ type: "welcome", epoch: 1, seq: 40 });
    socket.onclose?.({ code: 4401 });
    await vi.advanceTimersByTimeAsync(0);
    expect(token).toHaveBeenLastCalledWith("token");
    expect((await greeted()).sent).toMatchObject([{ token: "newer" }]);
    expect(lineState.get()).toBe("live");
  });

  it("tries at once when asked to", async () => {
    (await greeted()).onclose?.({ code: 1006 });
    line.retry();
    await vi.advanceTimersByTimeAsync(0);
    expect(sockets).toHaveLength(2);
  });

  it("is silent once closed", async () => {
    const socket = await greeted();
    line.close();
    expect(socket.closed).toBe(true);
    socket.onclose?.({ code: 1000 });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sockets).toHaveLength(1);
  });
});

describe("the pause before the next try", () => {
  it.each([
    [0, 250, 500],
    [1, 500, 1000],
    [3, 2000, 4000],
    [20, 7500, 15000],
  ])("%d tries ago is between %d and %d ms", (tries, least, most) => {
    expect(pauseMs(tries, 0)).toBe(least);
    expect(pauseMs(tries, 1)).toBe(most);
  });
});

describe("a frame", () => {
  it.each([
    ['{"type":"event","seq":1,"event":"x","data":{}}', "event"],
    ['{"type":"welcome","epoch":1,"seq":2}', "welcome"],
    ['{"type":"refreshed","expires_in":900}', "other"],
    ['{"type":"event","seq":"1"}', "other"],
    ["null", "other"],
    ["[]", "other"],
  ])("%s is %s", (text, type) => expect(readFrame(text).type).toBe(type));
});

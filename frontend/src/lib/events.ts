/**
 * One socket. It says hello with the access token and the place of the last event, so that
 * after a broken line exactly what was missed comes again, or the order to load anew.
 *
 *     const line = openLine({ token: accessToken, onEvent, onReload });
 *     line.close();
 *
 * lineState tells whether the line is up.
 */
import { Problem } from "./http";
import { createStore } from "./store";

export interface LineOptions {
  /** Gives the access token, or a newer one than `stale`. */
  token(stale?: string): Promise<string>;
  onEvent(event: string, data: unknown): void;
  /** What was loaded before may be out of date: load it anew. */
  onReload(): void;
  /** For tests. */
  connect?: (url: string) => WebSocket;
}

export interface Line {
  close(): void;
  /** Tries at once instead of waiting. */
  retry(): void;
}

export type LineState = "connecting" | "live" | "lost";
export const lineState = createStore<LineState>("connecting");

interface Position {
  epoch: number;
  seq: number;
}

type Frame =
  | ({ type: "welcome" | "resync" } & Position)
  | { type: "event"; seq: number; event: string; data: unknown }
  | { type: "other" };

const TOKEN_EXPIRED = 4401;
const PAUSE_MS_MIN = 500;
const PAUSE_MS_MAX = 15_000;

/** How long to wait before the n-th try (from 0): doubling, with a spread of a half. */
export function pauseMs(tries: number, random: number): number {
  const full = Math.min(PAUSE_MS_MIN * 2 ** tries, PAUSE_MS_MAX);
  return full * (0.5 + random / 2);
}

export function readFrame(text: string): Frame {
  const frame: unknown = JSON.parse(text);
  if (!frame || typeof frame !== "object") return { type: "other" };
  const { type, epoch, seq, event, data } = frame as Record<string, unknown>;
  if ((type === "welcome" || type === "resync") && typeof epoch === "number" && typeof seq === "number") {
    return { type, epoch, seq };
  }
  if (type === "event" && typeof seq === "number" && typeof event === "string") {
    return { type, seq, event, data };
  }
  return { type: "other" };
}

function eventsUrl(): string {
  const url = new URL("/api/v1/events", location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

export function openLine(options: LineOptions): Line {
  const connect = options.connect ?? ((url: string) => new WebSocket(url));
  let socket: WebSocket | null = null;
  let after: Position | null = null;
  let tries = 0;
  let closed = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const take = (frame: Frame): void => {
    if (frame.type === "event") {
      if (after) after = { epoch: after.epoch, seq: frame.seq };
      options.onEvent(frame.event, frame.data);
    } else if (frame.type !== "other") {
      const isFirst = after === null;
      after = isFirst || frame.type === "resync" ? { epoch: frame.epoch, seq: frame.seq } : after;
      tries = 0;
      lineState.set("live");
      // What was loaded before the first welcome may have changed before it.
      if (isFirst || frame.type === "resync") options.onReload();
    }
  };

  const later = (): void => {
    if (closed) return;
    lineState.set("lost");
    clearTimeout(timer);
    timer = setTimeout(() => void dial(), pauseMs(tries++, Math.random()));
  };

  const dial = async (stale?: string): Promise<void> => {
    let token: string;
    try {
      token = await options.token(stale);
    } catch (error) {
      // Signed out: the session says so, and the app closes this line.
      if (!(error instanceof Problem) || error.passing) later();
      return;
    }
    if (closed) return;
    const mine = connect(eventsUrl());
    socket = mine;
    mine.onopen = () => mine.send(JSON.stringify({ type: "hello", token, ...(after ? { after } : {}) }));
    mine.onmessage = (message) => take(readFrame(String(message.data)));
    mine.onclose = ({ code }) => {
      if (closed || socket !== mine) return;
      socket = null;
      if (code === TOKEN_EXPIRED && tries === 0) {
        tries++;
        void dial(token);
      } else {
        later();
      }
    };
  };

  const retry = (): void => {
    if (closed || socket) return;
    clearTimeout(timer);
    void dial();
  };

  lineState.set("connecting");
  void dial();
  window.addEventListener("online", retry);
  return {
    retry,
    close() {
      closed = true;
      clearTimeout(timer);
      window.removeEventListener("online", retry);
      socket?.close();
    },
  };
}

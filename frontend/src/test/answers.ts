/** Answers in the place of a server: each test says what its paths answer. */
import { vi } from "vitest";

export interface Asked {
  method: string;
  path: string;
  query: URLSearchParams;
  body: unknown;
  token: string | null;
}

/** A value is sent as JSON; a function decides; a Response goes as it is. */
type Answer = unknown | ((asked: Asked) => unknown);

const problem = (status: number, detail: string): Response =>
  new Response(JSON.stringify({ type: "about:blank", title: "Refused", status, detail }), {
    status,
    headers: { "Content-Type": "application/problem+json" },
  });

export const refuse = (status: number, detail: string) => () => problem(status, detail);

/** Keys are "GET /messages" below /api/v1. Gives all that was asked. */
export function answerWith(answers: Record<string, Answer>): Asked[] {
  const asked: Asked[] = [];
  vi.stubGlobal("fetch", async (address: string, init: RequestInit) => {
    const url = new URL(address, "http://127.0.0.1");
    const one: Asked = {
      method: init.method ?? "GET",
      path: url.pathname.replace("/api/v1", ""),
      query: url.searchParams,
      body: typeof init.body === "string" ? JSON.parse(init.body) : null,
      token: new Headers(init.headers).get("Authorization"),
    };
    asked.push(one);
    const answer = answers[`${one.method} ${one.path}`];
    const value: unknown = typeof answer === "function" ? await answer(one) : answer;
    if (value instanceof Response) return value;
    return value === undefined ? problem(404, `no answer for ${one.path}`) : new Response(JSON.stringify(value));
  });
  return asked;
}

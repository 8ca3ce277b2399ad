import type { QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { answerWith, refuse, type Asked } from "../test/answers";
import { idOf, item, wireMessage } from "../test/factories";
import { testQueries } from "../test/render";
import { setTokenSource } from "./http";
import { keys } from "./keys";
import { createLive, findRow, headNews, type Live } from "./live";
import { flatten, type RowPages } from "./pages";
import type { MessageFilter } from "./types";

const all: MessageFilter = { category: null, account: null, unread: false, q: "" };

let queries: QueryClient;
let live: Live;
let invalidated: unknown[];

const rows = () => flatten(queries.getQueryData<RowPages>(keys.list(all)));

beforeEach(() => {
  vi.useFakeTimers();
  setTokenSource(async () => "token");
  queries = testQueries();
  live = createLive(queries);
  invalidated = [];
  vi.spyOn(queries, "invalidateQueries").mockImplementation(async (filters) => void invalidated.push(filters?.queryKey));
  queries.setQueryData<RowPages>(keys.list(all), {
    pages: [
      { items: [item(3), item(2)], nextCursor: "c2" },
      { items: [item(1)], nextCursor: null },
    ],
    pageParams: [null, "c2"],
  });
});

afterEach(() => {
  live.close();
  vi.useRealTimers();
});

const message = (id: number): string => `GET /messages/${idOf(id)}`;

describe("a flood of decided messages", () => {
  it("is at most two looks a second, and the last one is not lost", async () => {
    const before = headNews.get();
    for (let ms = 0; ms < 3000; ms += 20) {
      live.onEvent("messages.decided", { ids: [idOf(ms)], count: 1 });
      await vi.advanceTimersByTimeAsync(20);
    }
    await vi.advanceTimersByTimeAsync(500);
    const looks = headNews.get() - before;
    expect(looks).toBeGreaterThanOrEqual(6);
    expect(looks).toBeLessThanOrEqual(7);
    expect(invalidated.filter((key) => key === keys.counts)).toHaveLength(looks);
  });

  it("leaves of a list that nobody looks at the first page", () => {
    live.onEvent("messages.decided", { ids: [idOf(9)], count: 1 });
    expect(rows().map(({ id }) => Number(id))).toEqual([3, 2]);
  });
});

describe("one changed message", () => {
  it("is patched in its row", async () => {
    const asked: Asked[] = answerWith({ [message(2)]: wireMessage(2, { unread: false, version: 2 }) });
    live.onEvent("message.changed", { ids: [idOf(2)], operation: idOf(7) });
    await vi.advanceTimersByTimeAsync(10);
    expect(asked.map(({ path }) => path)).toEqual([`/messages/${idOf(2)}`]);
    expect(findRow(queries, idOf(2))).toMatchObject({ unread: false, version: 2 });
    expect(rows()).toHaveLength(3);
  });

  it("that is gone leaves every list", async () => {
    answerWith({ [message(2)]: refuse(404, "there is no such message") });
    live.onEvent("message.changed", { ids: [idOf(2)] });
    await vi.advanceTimersByTimeAsync(10);
    expect(rows().map(({ id }) => Number(id))).toEqual([3, 1]);
  });

  it("stays as it is when the server is away", async () => {
    answerWith({ [message(2)]: refuse(503, "starting") });
    live.onEvent("message.changed", { ids: [idOf(2)] });
    await vi.advanceTimersByTimeAsync(10);
    expect(rows().map(({ id }) => Number(id))).toEqual([3, 2, 1]);
  });
});

it("an account that has settled loads the lists anew", () => {
  live.onEvent("account.settled", { id: idOf(1) });
  expect(invalidated).toContainEqual(keys.lists);
});

it("an order to load anew is for everything", () => {
  live.onReload();
  expect(invalidated).toEqual([undefined]);
});

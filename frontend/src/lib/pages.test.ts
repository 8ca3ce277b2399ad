import { describe, expect, it } from "vitest";
import { item } from "../test/factories";
import {
  compareRows,
  countAbove,
  endedTail,
  flatten,
  mergeBelowTop,
  mergeHead,
  mergePage,
  pagesBetween,
  putRow,
  replaceTail,
  type RowPages,
  type Rows,
} from "./pages";
import type { MessageFilter } from "./types";

/** Numbers are messages: the n-th arrived in the n-th minute. */
const page = (numbers: number[], nextCursor: string | null): Rows => ({
  items: numbers.map((n) => item(n)),
  nextCursor,
});
const pages = (...list: Rows[]): RowPages => ({
  pages: list,
  pageParams: [null, ...list.slice(0, -1).map(({ nextCursor }) => nextCursor)],
});
const numbers = (data: RowPages): number[] => flatten(data).map(({ id }) => Number(id));
const all: MessageFilter = { category: null, account: null, unread: false, q: "" };

describe("rows", () => {
  it("stand newest first, then by id", () => {
    const later = { ...item(5), received: item(7).received };
    expect([item(6), later, item(7)].sort(compareRows).map(({ id }) => Number(id))).toEqual([7, 5, 6]);
  });

  it("that come twice between two pages are shown once", () => {
    expect(numbers(pages(page([9, 8, 7], "c"), page([7, 6], null)))).toEqual([9, 8, 7, 6]);
  });
});

describe("a fresh head", () => {
  const old = pages(page([9, 8, 7], "c7"), page([6, 5, 4], "c4"));

  it("brings new rows above and keeps what is below", () => {
    const merged = mergeHead(old, page([11, 10, 9], "c9"));
    expect(numbers(merged)).toEqual([11, 10, 9, 8, 7, 6, 5, 4]);
    expect(merged.pages.map(({ nextCursor }) => nextCursor)).toEqual(["c9", "c4"]);
    expect(merged.pageParams).toEqual([null, "c9"]);
  });

  it("replaces what it spans: gone rows go, late ones come between", () => {
    const late = { ...item(12), received: new Date(item(8).received.getTime() + 1000) };
    const fresh = { items: [item(9), late, item(7)], nextCursor: "c7" };
    expect(numbers(mergeHead(old, fresh))).toEqual([9, 12, 7, 6, 5, 4]);
  });

  it("that does not touch the old rows begins the list anew", () => {
    const fresh = page([29, 28, 27], "c27");
    expect(mergeHead(old, fresh)).toEqual(pages(fresh));
  });

  it("that is the whole list is the list", () => {
    const fresh = page([9, 8], null);
    expect(mergeHead(old, fresh)).toEqual(pages(fresh));
  });

  it("opens a list that had ended on its first page", () => {
    const fresh = page([9, 8], "c8");
    expect(mergeHead(pages(page([9, 8], null)), fresh)).toEqual(pages(fresh));
  });

  it("fills a list that was empty or not there", () => {
    const fresh = page([1], null);
    expect(mergeHead(undefined, fresh)).toEqual(pages(fresh));
    expect(mergeHead(pages(page([], null)), fresh)).toEqual(pages(fresh));
  });

  it("counts the rows that stand above", () => {
    expect(countAbove(old, page([11, 10, 9], "c9"))).toBe(2);
    expect(countAbove(old, page([9, 8, 7], "c7"))).toBe(0);
    expect(countAbove(undefined, page([3, 2], null))).toBe(2);
  });
});

describe("a fresh page further down", () => {
  const old = pages(page([19, 17, 15], "c15"), page([13, 11, 9], "c9"), page([7, 5], null));

  it("brings rows in where they belong, and the old page's rest follows it", () => {
    const merged = mergePage(old, 1, page([14, 13, 12], "c12"));
    expect(numbers(merged)).toEqual([19, 17, 15, 14, 13, 12, 11, 9, 7, 5]);
    expect(merged.pageParams).toEqual([null, "c15", "c12"]);
    expect(merged.pages.at(-1)?.nextCursor).toBeNull();
  });

  it("that is above all old rows leaves a place to ask for", () => {
    const merged = mergePage(old, 1, page([14.9, 14.8], "c14.8"));
    expect(merged.pageParams[2]).toBe("c14.8");
    expect(numbers(mergePage(merged, 2, page([14.5, 13], "c13")))).toEqual([19, 17, 15, 14.9, 14.8, 14.5, 13, 11, 9, 7, 5]);
  });

  it("replaces what it spans beyond the page's old end", () => {
    expect(numbers(mergePage(old, 1, page([11, 7], "c7")))).toEqual([19, 17, 15, 11, 7, 5]);
    expect(numbers(mergePage(old, 1, page([11, 4], null)))).toEqual([19, 17, 15, 11, 4]);
  });

  it("keeps large pages apart, so that each can be asked for whole", () => {
    const long = Array.from({ length: 150 }, (_, i) => 5 - i / 1000);
    const merged = mergePage(pages(page([9, 8], "c8"), page(long, "x"), page(long.map((n) => n - 1), null)), 0, page([9, 8.5], "c8.5"));
    expect(merged.pages.map(({ items }) => items.length)).toEqual([2, 151, 150]);
    expect(merged.pageParams).toEqual([null, "c8.5", "x"]);
  });

  it("is found by the rows on screen", () => {
    const id = (n: number): string => item(n).id;
    expect(pagesBetween(old, id(15), id(7))).toEqual([0, 1, 2]);
    expect(pagesBetween(old, id(13), id(9))).toEqual([1]);
    expect(pagesBetween(old, id(1), id(9))).toEqual([]);
  });

  it("of the head lets nothing in above the top row of a reader further down", () => {
    expect(numbers(mergeBelowTop(old, page([21, 20, 19, 18, 17], "c17")))).toEqual([19, 18, 17, 15, 13, 11, 9, 7, 5]);
    expect(mergeBelowTop(old, page([23, 22], "c22"))).toBe(old);
  });
});

describe("the tail", () => {
  it("that had ended can be asked for again", () => {
    const ended = pages(page([9, 8], "c8"), page([7], null));
    expect(endedTail(ended)).toBe("c8");
    expect(numbers(replaceTail(ended, page([7, 6], "c6")))).toEqual([9, 8, 7, 6]);
  });

  it.each([
    ["goes on", pages(page([9], "c9"), page([8], "c8"))],
    ["is the head", pages(page([9], null))],
    ["is not there", undefined],
  ])("that %s is left alone", (_name, data) => expect(endedTail(data)).toBeNull());
});

describe("one changed row", () => {
  const list = pages(page([9, 8, 7], "c7"), page([6, 5], "c5"));

  it("is replaced where it stands", () => {
    const changed = putRow(list, all, item(8, { unread: false }));
    expect(flatten(changed)[1]?.unread).toBe(false);
    expect(numbers(changed)).toEqual([9, 8, 7, 6, 5]);
  });

  it("leaves a list that it no longer belongs to", () => {
    const work = { ...all, category: "work" as const };
    expect(numbers(putRow(list, work, item(8, { category: "spam" })))).toEqual([9, 7, 6, 5]);
  });

  it("comes in at its place", () => {
    const without = putRow(list, { ...all, category: "work" }, item(8, { category: "spam" }));
    expect(numbers(putRow(without, all, item(8)))).toEqual([9, 8, 7, 6, 5]);
  });

  it("stays out below what is loaded, and comes in below when all is", () => {
    expect(numbers(putRow(list, all, item(2)))).toEqual([9, 8, 7, 6, 5]);
    expect(numbers(putRow(pages(page([9], null)), all, item(2)))).toEqual([9, 2]);
  });

  it("that was read stays among the unread until they are loaded anew", () => {
    const unread = { ...all, unread: true };
    expect(numbers(putRow(list, unread, item(8, { unread: false })))).toContain(8);
    expect(numbers(putRow(pages(page([9], null)), unread, item(8, { unread: false })))).toEqual([9]);
  });

  it("never enters a search: the server alone knows", () => {
    expect(numbers(putRow(list, { ...all, q: "x" }, item(10)))).toEqual([9, 8, 7, 6, 5]);
  });
});

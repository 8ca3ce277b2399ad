import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";
import { answerWith, refuse } from "../test/answers";
import { idOf, item, wireItem } from "../test/factories";
import { show, testQueries } from "../test/render";
import { keys } from "./keys";
import { recount, useChangeMessage } from "./messages";
import { flatten, type RowPages } from "./pages";
import type { Counts, MessageFilter } from "./types";
import { notice, undoable } from "./undo";

const all: MessageFilter = { category: null, account: null, unread: false, q: "" };
const work: MessageFilter = { ...all, category: "work" };
const counts: Counts = { byCategory: { work: { total: 2, unread: 2 } }, total: 2, unread: 2, waiting: 0 };

function ToSpam() {
  const { mutate } = useChangeMessage();
  return (
    <button onClick={() => mutate({ id: idOf(2), patch: { category: "spam" }, text: "Moved to Spam" })}>move</button>
  );
}

function shown() {
  const queries = testQueries();
  const rows: RowPages = { pages: [{ items: [item(2), item(1)], nextCursor: null }], pageParams: [null] };
  queries.setQueryData(keys.list(all), rows);
  queries.setQueryData(keys.list(work), rows);
  queries.setQueryData(keys.counts, counts);
  const list = (filter: MessageFilter) => flatten(queries.getQueryData<RowPages>(keys.list(filter)));
  const now = () => queries.getQueryData<Counts>(keys.counts);
  return { queries, list, now };
}

beforeEach(() => {
  undoable.set(null);
  notice.set(null);
});

describe("a correction", () => {
  it("shows at once in every list and count, before the server has answered", async () => {
    answerWith({ [`PATCH /messages/${idOf(2)}`]: () => new Promise(() => undefined) });
    const { queries, list, now } = shown();
    show(<ToSpam />, queries);
    await userEvent.click(screen.getByText("move"));
    await waitFor(() => expect(list(all)[0]?.category).toBe("spam"));
    expect(list(work).map(({ id }) => id)).toEqual([idOf(1)]);
    expect(now()?.byCategory).toEqual({ work: { total: 1, unread: 1 }, spam: { total: 1, unread: 1 } });
  });

  it("offers the way back", async () => {
    answerWith({
      [`PATCH /messages/${idOf(2)}`]: { operation: idOf(9), message: wireItem(2, { category: "spam", version: 2 }) },
    });
    const { queries, list } = shown();
    show(<ToSpam />, queries);
    await userEvent.click(screen.getByText("move"));
    await waitFor(() => expect(undoable.get()).toEqual({ operation: idOf(9), text: "Moved to Spam", isUndo: false }));
    expect(list(all)[0]?.version).toBe(2);
  });

  it("that is refused is rolled back, with the server's reason", async () => {
    answerWith({ [`PATCH /messages/${idOf(2)}`]: refuse(412, "the message has changed since") });
    const { queries, list, now } = shown();
    show(<ToSpam />, queries);
    await userEvent.click(screen.getByText("move"));
    await waitFor(() => expect(notice.get()).toEqual({ text: "the message has changed since", refused: true }));
    expect(list(all)[0]?.category).toBe("work");
    expect(list(work).map(({ id }) => id)).toEqual([idOf(2), idOf(1)]);
    expect(now()?.byCategory["work"]).toEqual({ total: 2, unread: 2 });
    expect(undoable.get()).toBeNull();
  });
});

it("counts a message that is read", () => {
  const before = item(2);
  const after = { ...before, unread: false };
  expect(recount(counts, before, after)).toMatchObject({
    unread: 1,
    total: 2,
    byCategory: { work: { total: 2, unread: 1 } },
  });
});

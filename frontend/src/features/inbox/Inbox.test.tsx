import { act, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { createRef } from "react";
import { describe, expect, it, vi } from "vitest";
import { headNews } from "../../lib/live";
import type { MessageFilter } from "../../lib/types";
import { answerWith, refuse } from "../../test/answers";
import { idOf, wireCounts, wireItem } from "../../test/factories";
import { show } from "../../test/render";
import { Inbox } from "./Inbox";

const all: MessageFilter = { category: null, account: null, unread: false, q: "" };

function inbox(some: Partial<Parameters<typeof Inbox>[0]> = {}) {
  return (
    <Inbox
      filter={all}
      selectedId={null}
      openId={null}
      searchRef={createRef()}
      onFilter={() => undefined}
      onOpen={() => undefined}
      onRows={() => undefined}
      {...some}
    />
  );
}

const answers = {
  "GET /messages": { items: [wireItem(3), wireItem(2)], next_cursor: null },
  "GET /messages/counts": wireCounts(),
  "GET /accounts": { items: [] },
};

describe("the list", () => {
  it("shows who wrote what, and what it asks for", async () => {
    const busy = wireItem(3, { needs_reply: true, task_count: 2, draft_count: 1, has_attachments: true, priority: "urgent" });
    answerWith({ ...answers, "GET /messages": { items: [busy], next_cursor: null } });
    show(inbox());
    const line = await screen.findByRole("option", { name: /Sender 3/ });
    expect(line).toHaveTextContent("Subject 3");
    for (const mark of ["Unread", "Urgent", "Needs a reply", "2 tasks", "An answer is prepared", "Has attachments"]) {
      expect(screen.getByRole("img", { name: mark })).toBeTruthy();
    }
  });

  it("shows the true address of who is named like another", async () => {
    const poser = wireItem(3, { from: { name: "security@bank.example", address: "a@evil.example" } });
    answerWith({ ...answers, "GET /messages": { items: [poser], next_cursor: null } });
    show(inbox());
    const line = await screen.findByRole("option", { name: /Subject 3/ });
    expect(line).toHaveTextContent("a@evil.example “security@bank.example”");
    for (const words of ["a@evil.example", "security@bank.example", "Subject 3", "Snippet 3"]) {
      expect(screen.getByText(words).tagName).toBe("BDI");
    }
  });

  it("opens a message", async () => {
    answerWith(answers);
    const onOpen = vi.fn();
    show(inbox({ onOpen }));
    await userEvent.click(await screen.findByText("Subject 2"));
    expect(onOpen).toHaveBeenCalledWith(idOf(2));
  });

  it("asks for the next page by its cursor, once", async () => {
    const asked = answerWith({
      ...answers,
      "GET /messages": ({ query }: { query: URLSearchParams }) =>
        query.get("cursor") === "next"
          ? { items: [wireItem(1)], next_cursor: null }
          : { items: [wireItem(3), wireItem(2)], next_cursor: "next" },
    });
    show(inbox());
    await screen.findByText("Subject 1");
    const cursors = asked.filter(({ path }) => path === "/messages").map(({ query }) => query.get("cursor"));
    expect(cursors).toEqual([null, "next"]);
  });

  it("asks by the filter, and by the words alone when it searches", async () => {
    const asked = answerWith(answers);
    show(inbox({ filter: { ...all, category: "work", unread: true } }));
    show(inbox({ filter: { ...all, category: "work", unread: true, q: "tea" } }));
    await waitFor(() => expect(asked.filter(({ path }) => path === "/messages")).toHaveLength(2));
    const [listed, searched] = asked.filter(({ path }) => path === "/messages").map(({ query }) => query.toString());
    expect(listed).toBe("category=work&unread=true&limit=100");
    expect(searched).toBe("q=tea&limit=100");
  });
});

describe("when there is nothing", () => {
  const none = { ...answers, "GET /messages": { items: [], next_cursor: null } };

  it.each([
    ["at all", all, "No mail"],
    ["unread in a category", { ...all, category: "work" as const, unread: true }, "Nothing unread in Work"],
    ["found", { ...all, q: "tea" }, "Nothing found for “tea”"],
  ])("%s, it says so", async (_name, filter, text) => {
    answerWith(none);
    show(inbox({ filter }));
    await screen.findByRole("heading", { name: text });
  });

  it("yet, it says that mail is being read", async () => {
    answerWith({ ...none, "GET /messages/counts": wireCounts({ total: 0, unread: 0, waiting: 20000 }) });
    show(inbox());
    await screen.findByRole("heading", { name: "Reading your mail" });
    await screen.findByText("0 of 20,000 read");
  });
});

it("says how far the reading has come", async () => {
  answerWith({ ...answers, "GET /messages/counts": wireCounts({ total: 1240, waiting: 18760 }) });
  show(inbox());
  await screen.findByText("1,240 of 20,000 read");
});

it("says what the server refused", async () => {
  answerWith({ ...answers, "GET /messages": refuse(422, "the cursor is of another list") });
  show(inbox());
  expect(await screen.findByRole("alert")).toHaveTextContent("the cursor is of another list");
});

it("waits without a word", () => {
  answerWith({ ...answers, "GET /messages": () => new Promise(() => undefined) });
  show(inbox());
  expect(screen.getByRole("status", { name: "Loading messages" })).toBeTruthy();
});

describe("when mail arrives", () => {
  const news = () => act(async () => headNews.set(headNews.get() + 1));

  function growing() {
    let items = [wireItem(3), wireItem(2)];
    answerWith({ ...answers, "GET /messages": () => ({ items, next_cursor: null }) });
    return () => {
      items = [wireItem(4), ...items];
    };
  }

  it("it comes in on top of a list that shows its top", async () => {
    const grow = growing();
    show(inbox());
    await screen.findByText("Subject 3");
    grow();
    await news();
    await screen.findByText("Subject 4");
    expect(screen.getAllByRole("option")[0]).toHaveTextContent("Subject 4");
  });

  it("it is counted where the list is scrolled down, and comes when it is wanted", async () => {
    const grow = growing();
    const { container } = show(inbox());
    await screen.findByText("Subject 3");
    const scroller = container.querySelector("[data-scroller]") as HTMLElement;
    await act(async () => {
      scroller.scrollTop = 500;
      scroller.dispatchEvent(new Event("scroll", { bubbles: true }));
    });
    grow();
    await news();
    const pill = await screen.findByRole("button", { name: /1 new/ });
    expect(screen.queryByText("Subject 4")).toBeNull();
    await userEvent.click(pill);
    await screen.findByText("Subject 4");
    expect(screen.queryByRole("button", { name: /1 new/ })).toBeNull();
  });
});

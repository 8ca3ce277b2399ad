import { act, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { notice, offerUndo, tellRefused, undoable } from "../../lib/undo";
import { answerWith, refuse } from "../../test/answers";
import { idOf } from "../../test/factories";
import { show } from "../../test/render";
import { UndoBar } from "./UndoBar";
import { leftover, useUndo } from "./useUndo";

const done = (result: "undone" | "changed_since" | "gone") => ({ object: "message", id: idOf(1), result });

function Bar() {
  return <UndoBar onUndo={useUndo()} />;
}

beforeEach(() => {
  undoable.set(null);
  notice.set(null);
});
afterEach(() => vi.useRealTimers());

describe("the bar", () => {
  it("is not there when nothing can be taken back", () => {
    show(<Bar />);
    expect(screen.queryByRole("status")).toBeNull();
  });

  it("takes back, and offers to do it again", async () => {
    const asked = answerWith({
      [`POST /undo/${idOf(7)}`]: { operation: idOf(8), items: [done("undone")] },
      [`POST /undo/${idOf(8)}`]: { operation: idOf(9), items: [done("undone")] },
      [`POST /undo/${idOf(9)}`]: { operation: idOf(10), items: [done("undone")] },
    });
    show(<Bar />);
    act(() => offerUndo(idOf(7), "Moved to Spam"));
    await userEvent.click(screen.getByRole("button", { name: /Undo/ }));
    await screen.findByText("Undone: Moved to Spam");
    await userEvent.click(screen.getByRole("button", { name: /Redo/ }));
    await screen.findByText("Done again: Moved to Spam");
    await userEvent.click(screen.getByRole("button", { name: /Undo/ }));
    await screen.findByText("Undone: Moved to Spam");
    await waitFor(() => expect(asked).toHaveLength(3));
  });

  it("says what could not be taken back", async () => {
    answerWith({ [`POST /undo/${idOf(7)}`]: { operation: null, items: [done("changed_since")] } });
    show(<Bar />);
    act(() => offerUndo(idOf(7), "Moved to Spam"));
    await userEvent.click(screen.getByRole("button", { name: /Undo/ }));
    await screen.findByText("Not undone: 1 changed since");
  });

  it("shows what the server refused", async () => {
    answerWith({ [`POST /undo/${idOf(7)}`]: refuse(410, "this can no longer be undone") });
    show(<Bar />);
    act(() => offerUndo(idOf(7), "Moved to Spam"));
    await userEvent.click(screen.getByRole("button", { name: /Undo/ }));
    expect(await screen.findByRole("alert")).toHaveTextContent("this can no longer be undone");
  });

  it("goes after half a minute", () => {
    vi.useFakeTimers();
    show(<Bar />);
    act(() => offerUndo(idOf(7), "Moved to Spam"));
    act(() => void vi.advanceTimersByTime(29_000));
    expect(screen.getByRole("status")).toBeTruthy();
    act(() => void vi.advanceTimersByTime(2_000));
    expect(screen.queryByRole("status")).toBeNull();
  });

  it("lets a refusal speak before an offer", () => {
    show(<Bar />);
    act(() => {
      offerUndo(idOf(7), "Moved to Spam");
      tellRefused(new Error("no"));
    });
    expect(screen.getByRole("alert")).toHaveTextContent("no");
    expect(screen.queryByRole("button", { name: /Undo/ })).toBeNull();
  });
});

describe("what is left of an undo", () => {
  it.each([
    [["undone", "undone"], null],
    [["undone", "gone"], "1 undone; 1 gone"],
    [["changed_since", "gone"], "Not undone: 1 changed since, 1 gone"],
  ] as const)("%j is %j", (results, text) => {
    expect(leftover({ operation: idOf(1), items: results.map(done) })).toBe(text);
  });
});

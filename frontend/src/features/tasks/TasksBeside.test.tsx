import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it, vi } from "vitest";
import { notice, undoable } from "../../lib/undo";
import { answerWith, refuse } from "../../test/answers";
import { idOf, wireTask } from "../../test/factories";
import { show } from "../../test/render";
import { TasksBeside } from "./TasksBeside";

const page = (...items: unknown[]) => ({ items, next_cursor: null });
const beside = (onShow = vi.fn()) => <TasksBeside messageId={idOf(1)} onShow={onShow} />;

beforeEach(() => {
  undoable.set(null);
  notice.set(null);
});

it("shows what is to be done, and where it is said", async () => {
  answerWith({ "GET /tasks": page(wireTask(1, { quote: "Please send it", quote_start: 4, quote_end: 18 })) });
  const onShow = vi.fn();
  show(beside(onShow));
  await screen.findByText("Task 1");
  await userEvent.click(screen.getByTitle("Show it in the text"));
  expect(onShow).toHaveBeenCalledWith({ start: 4, end: 18 });
});

it("finishes at once, and offers the way back", async () => {
  answerWith({
    "GET /tasks": page(wireTask(1)),
    [`PATCH /tasks/${idOf(1)}`]: { operation: idOf(6), id: idOf(1), state: "done" },
  });
  show(beside());
  await userEvent.click(await screen.findByRole("checkbox"));
  await screen.findByText("all done");
  await waitFor(() => expect(undoable.get()).toMatchObject({ operation: idOf(6), text: "Task done" }));
});

it("opens again what the server does not let be finished", async () => {
  answerWith({ "GET /tasks": page(wireTask(1)), [`PATCH /tasks/${idOf(1)}`]: refuse(409, "not now") });
  show(beside());
  await userEvent.click(await screen.findByRole("checkbox"));
  await waitFor(() => expect(notice.get()?.text).toBe("not now"));
  await screen.findByText("1 open");
});

it("is not there without tasks", async () => {
  const asked = answerWith({ "GET /tasks": page() });
  const { container } = show(beside());
  await waitFor(() => expect(asked).toHaveLength(1));
  expect(container.querySelector("section")).toBeNull();
});

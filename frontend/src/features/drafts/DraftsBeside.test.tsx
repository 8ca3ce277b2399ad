import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { answerWith } from "../../test/answers";
import { idOf } from "../../test/factories";
import { show } from "../../test/render";
import { DraftsBeside } from "./DraftsBeside";

const draft = (n: number, kind: string, body: string) => ({
  id: idOf(n),
  message_id: idOf(1),
  kind,
  subject: "Re: Subject 1",
  body,
  language: "en",
  rule: `standard/${kind}`,
  state: "ready",
  message_subject: "Subject 1",
  from_name: "Sender 1",
  created: "2026-03-01T09:00:00.000Z",
  version: 1,
});

const answers = { items: [draft(1, "accept", "Yes, gladly."), draft(2, "decline", "Sadly no.")], next_cursor: null };

it("shows one answer, and the others when they are chosen", async () => {
  answerWith({ "GET /drafts": answers });
  show(<DraftsBeside messageId={idOf(1)} />);
  await screen.findByText("Yes, gladly.");
  expect(screen.queryByText("Sadly no.")).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "decline" }));
  await screen.findByText("Sadly no.");
});

it("copies what it shows", async () => {
  const user = userEvent.setup();
  answerWith({ "GET /drafts": answers });
  show(<DraftsBeside messageId={idOf(1)} />);
  await user.click(await screen.findByRole("button", { name: "Copy" }));
  await screen.findByRole("button", { name: "Copied" });
  expect(await navigator.clipboard.readText()).toBe("Yes, gladly.");
});

it("is not there without answers", async () => {
  const asked = answerWith({ "GET /drafts": { items: [], next_cursor: null } });
  const { container } = show(<DraftsBeside messageId={idOf(1)} />);
  await waitFor(() => expect(asked).toHaveLength(1));
  expect(container.querySelector("section")).toBeNull();
});

import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { answerWith, refuse } from "../../test/answers";
import { idOf, wireExplanation, wireMessage } from "../../test/factories";
import { show } from "../../test/render";
import { MessageView } from "./MessageView";

function reader(some: Partial<Parameters<typeof MessageView>[0]> = {}) {
  return (
    <MessageView
      id={idOf(1)}
      dark={false}
      mark={null}
      onUnmark={() => undefined}
      beside={null}
      whyShown
      onWhy={() => undefined}
      onCategory={() => undefined}
      onToggleUnread={() => undefined}
      onMove={() => undefined}
      onClose={() => undefined}
      {...some}
    />
  );
}

function answers(message = {}, explanation = {}) {
  return answerWith({
    [`GET /messages/${idOf(1)}`]: wireMessage(1, { unread: false, ...message }),
    [`GET /messages/${idOf(1)}/explain`]: wireExplanation(1, explanation),
    [`PATCH /messages/${idOf(1)}`]: { operation: idOf(5), message: wireMessage(1, { unread: false }) },
  });
}

const bytes = (text: string): number => new TextEncoder().encode(text).length;

describe("the text", () => {
  const own = "Grüße aus Köln\n";
  const quote = "> Wie geht’s?\n";
  const zones = [{ kind: "quote", start: bytes(own), end: bytes(own + quote) }];

  it("folds what was quoted", async () => {
    answers({ text: own + quote, zones });
    show(reader());
    const text = await screen.findByRole("document");
    expect(within(text).getByText("Quoted text").closest("details")?.open).toBe(false);
    expect(within(text).getByText(/Wie geht/)).toBeTruthy();
    expect(within(text).getByText("Grüße aus Köln")).toBeTruthy();
  });

  it("marks the sentence that is asked for, and opens the fold that hides it", async () => {
    answers({ text: own + quote, zones, html: "<p>Grüße</p>" });
    const mark = { start: bytes(`${own}> `), end: bytes(`${own}> Wie geht’s?`) };
    const { container } = show(reader({ mark }));
    await screen.findByRole("document");
    expect(container.querySelector("mark")?.textContent).toBe("Wie geht’s?");
    expect(container.querySelector("details")?.open).toBe(true);
  });
});

describe("a message that was cut", () => {
  const note = /longer than what is kept here/;

  it("says so, and not that it has no text", async () => {
    answers({ text: "", truncated: true });
    show(reader());
    expect(await screen.findByRole("note")).toHaveTextContent(note);
    expect(screen.queryByText("This message has no text.")).toBeNull();
  });

  it("is not said of one that is whole", async () => {
    answers({ text: "" });
    show(reader());
    await screen.findByText("This message has no text.");
    expect(screen.queryByText(note)).toBeNull();
  });
});

describe("who wrote", () => {
  it("is named by the true address when the name is another's", async () => {
    answers({ from: { name: "Bank (security@bank.example)", address: "a@evil.example" }, subject: "שלום" });
    const { container } = show(reader());
    await screen.findByRole("document");
    expect(container.querySelector("strong")).toHaveTextContent("a@evil.example “Bank (security@bank.example)”");
    expect(container.querySelector("h1 > bdi")).toHaveTextContent("שלום");
  });
});

describe("HTML", () => {
  it("is shown in the frame, which may run nothing", async () => {
    answers({ html: "<p>Hello</p><script>steal()</script>" });
    show(reader());
    const frame = await screen.findByTitle("Message: Subject 1");
    expect(frame.getAttribute("sandbox")).toBe("allow-popups allow-popups-to-escape-sandbox");
    expect(frame.getAttribute("srcdoc")).toContain("<p>Hello</p>");
    expect(frame.getAttribute("srcdoc")).not.toContain("steal");
  });

  it("asks before it loads pictures of the web", async () => {
    answers({ html: '<img data-src="https://example.org/a.png">' });
    show(reader());
    const frame = await screen.findByTitle("Message: Subject 1");
    expect(frame.getAttribute("srcdoc")).not.toContain(' src="https:');
    await userEvent.click(screen.getByRole("button", { name: "Show remote images" }));
    expect(screen.getByTitle("Message: Subject 1").getAttribute("srcdoc")).toContain(' src="https://example.org/a.png"');
    expect(screen.queryByRole("button", { name: "Show remote images" })).toBeNull();
  });

  it("can be left for the text", async () => {
    answers({ html: "<p>Hello</p>", text: "Hello text" });
    show(reader());
    await userEvent.click(await screen.findByRole("button", { name: "Text alone" }));
    expect(screen.getByRole("document")).toHaveTextContent("Hello text");
  });
});

describe("why here", () => {
  const evidence = [
    { id: "standard/receipt/order number", scale: "receipt", weight: 3, words: ["order 1234"] },
    { id: "standard/work/colleague", scale: "work", weight: -1.5 },
  ];

  it("says what fired, with weights, words and facts", async () => {
    const facts = { from_me: false, wrote_to_sender: true };
    answers({}, { category: "receipt", verdict_category: "receipt", analysis: { evidence, facts, failures: [] } });
    show(reader());
    const why = await screen.findByRole("region", { name: "Why here" });
    expect(await within(why).findByText("order number")).toBeTruthy();
    for (const text of ["+3.0", "−1.5", "order 1234", "87 % sure", "You had written to this sender before"]) {
      expect(within(why).getAllByText(text).length).toBeGreaterThan(0);
    }
  });

  it("tells a correction from a verdict", async () => {
    answers({}, { category: "personal", verdict_category: "work", corrected: true });
    show(reader());
    const why = await screen.findByRole("region", { name: "Why here" });
    await within(why).findByText("your choice");
    await within(why).findByText("The rules said work.");
  });

  it("takes a correction", async () => {
    answers();
    const onCategory = vi.fn();
    show(reader({ onCategory }));
    await userEvent.selectOptions(await screen.findByLabelText("Category of this message"), "Spam");
    expect(onCategory).toHaveBeenCalledWith("spam");
  });
});

it("reads an unread message, once", async () => {
  const asked = answers({ unread: true });
  show(reader());
  await waitFor(() => expect(asked.some(({ method }) => method === "PATCH")).toBe(true));
  expect(asked.filter(({ method }) => method === "PATCH").map(({ body }) => body)).toEqual([{ unread: false }]);
});

it("says what the server refused", async () => {
  answerWith({ [`GET /messages/${idOf(1)}`]: refuse(404, "there is no such message") });
  show(reader());
  expect(await screen.findByText("there is no such message")).toBeTruthy();
});

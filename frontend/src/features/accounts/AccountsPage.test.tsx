import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { answerWith, refuse } from "../../test/answers";
import { idOf } from "../../test/factories";
import { show } from "../../test/render";
import { AccountsPage } from "./AccountsPage";

const admin = { id: idOf(9), name: "robin", role: "admin" as const };

const account = (some = {}) => ({
  id: idOf(1),
  name: "Home",
  kind: "maildir",
  options: { path: "/home/robin/Maildir" },
  addresses: ["robin@example.org"],
  addresses_found: true,
  time_zone: "Europe/Vienna",
  time_zone_found: false,
  state: "active",
  state_text: "",
  demo: false,
  listed: 320,
  decided: 320,
  rejected: 0,
  synced: null,
  ...some,
});

const list = (...items: unknown[]) => ({ items });

it("shows each account, and where its facts come from", async () => {
  answerWith({ "GET /accounts": list(account()) });
  show(<AccountsPage user={admin} />);
  const card = await screen.findByRole("region", { name: "Home" });
  for (const text of ["Active", "320 messages", "robin@example.org", "found in the mail", "Europe/Vienna", "given"]) {
    expect(within(card).getByText(text)).toBeTruthy();
  }
});

it("says why an account cannot be read", async () => {
  answerWith({ "GET /accounts": list(account({ state: "error", state_text: "maildir: /x is not there" })) });
  show(<AccountsPage user={admin} />);
  expect(await screen.findByRole("alert")).toHaveTextContent("maildir: /x is not there");
});

it("sets an address right", async () => {
  const asked = answerWith({
    "GET /accounts": list(account()),
    [`PATCH /accounts/${idOf(1)}`]: account({ addresses: ["me@example.org"], addresses_found: false }),
  });
  show(<AccountsPage user={admin} />);
  await userEvent.click(await screen.findByRole("button", { name: "Change: Your address" }));
  const box = screen.getByRole("textbox", { name: "Your address" });
  await userEvent.clear(box);
  await userEvent.type(box, "me@example.org{Enter}");
  await waitFor(() => expect(asked.find(({ method }) => method === "PATCH")?.body).toEqual({ address: "me@example.org" }));
});

it("connects mail, named after its folder, and shows a refusal beside the form", async () => {
  const asked = answerWith({
    "GET /accounts": list(),
    "POST /accounts": refuse(422, "options: path must be absolute"),
  });
  show(<AccountsPage user={admin} />);
  await screen.findByRole("heading", { name: "No mail is connected" });
  await userEvent.type(screen.getByLabelText(/Path/), "/srv/mail/robin/");
  await userEvent.click(screen.getByRole("button", { name: "Connect" }));
  expect(await screen.findByRole("alert")).toHaveTextContent("options: path must be absolute");
  expect(asked.find(({ method }) => method === "POST")?.body).toEqual({
    name: "robin",
    kind: "maildir",
    options: { path: "/srv/mail/robin/" },
  });
});

it("removes the demo mail after it has said what goes", async () => {
  const asked = answerWith({
    "GET /accounts": list(account({ name: "Demo", demo: true })),
    [`DELETE /accounts/${idOf(1)}`]: account({ state: "removing" }),
  });
  show(<AccountsPage user={admin} />);
  await userEvent.click(await screen.findByRole("button", { name: "Remove demo mail" }));
  const dialog = await screen.findByRole("dialog");
  expect(dialog).toHaveTextContent("320 messages with their tasks and drafts leave Jackdaw");
  expect(asked.some(({ method }) => method === "DELETE")).toBe(false);
  await userEvent.click(within(dialog).getByRole("button", { name: "Remove demo mail" }));
  await waitFor(() => expect(asked.some(({ method }) => method === "DELETE")).toBe(true));
});

it("tells what is held while the account is active, and not as an alarm", async () => {
  answerWith({ "GET /accounts": list(account({ state_text: "60 mails are gone: looked at again in a moment" })) });
  show(<AccountsPage user={admin} />);
  expect(await screen.findByText("60 mails are gone: looked at again in a moment")).toBeTruthy();
  expect(screen.queryByRole("alert")).toBeNull();
  expect(screen.getByText("Active")).toBeTruthy();
});

it("shows what could not be read, and why, when somebody asks", async () => {
  const asked = answerWith({
    "GET /accounts": list(account({ rejected: 2 })),
    [`GET /accounts/${idOf(1)}/rejected`]: {
      items: [{ mailbox: "INBOX", received: "2026-03-01T09:00:00.000Z", reason: "larger than 64 MiB", key: "cur/1.host" }],
      next_cursor: null,
    },
  });
  show(<AccountsPage user={admin} />);
  const button = await screen.findByRole("button", { name: "2 could not be read", expanded: false });
  expect(asked.some(({ path }) => path.endsWith("/rejected"))).toBe(false);
  await userEvent.click(button);
  expect(await screen.findByText("larger than 64 MiB")).toBeTruthy();
  expect(screen.getByText("cur/1.host")).toBeTruthy();
  expect(screen.getByRole("button", { name: "2 could not be read", expanded: true })).toBeTruthy();
});

it("offers the server's folders to admins alone", async () => {
  answerWith({ "GET /accounts": list() });
  show(<AccountsPage user={{ ...admin, role: "user" }} />);
  await screen.findByText("Mail that lies on the server is connected by its admin.");
  expect(screen.queryByRole("button", { name: "Connect" })).toBeNull();
});

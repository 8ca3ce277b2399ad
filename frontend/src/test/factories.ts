/** Data for tests: whole records, of which a test names what it is about. */
import type { components } from "../lib/api.gen";
import type { MessageItem } from "../lib/types";

type Wire = components["schemas"];

/** The n-th id. */
export const idOf = (n: number): string => n.toString().padStart(13, "0");

/** The n-th minute of a day. */
export const minute = (n: number): Date => new Date(Date.UTC(2026, 2, 1, 8, n));

/** The n-th message: it arrived in the n-th minute. */
export function item(n: number, some: Partial<MessageItem> = {}): MessageItem {
  return {
    id: idOf(n),
    threadId: idOf(n),
    accountId: idOf(1),
    accountName: "Home",
    mailbox: "INBOX",
    subject: `Subject ${n}`,
    from: { name: `Sender ${n}`, address: `sender${n}@example.org` },
    date: minute(n),
    received: minute(n),
    snippet: `Snippet ${n}`,
    category: "work",
    priority: "normal",
    corrected: false,
    confidence: 0.9,
    needsReply: false,
    unread: true,
    flagged: false,
    hasAttachments: false,
    fromMe: false,
    taskCount: 0,
    draftCount: 0,
    version: 1,
    ...some,
  };
}

export function wireItem(n: number, some: Partial<Wire["MessageItem"]> = {}): Wire["MessageItem"] {
  return {
    id: idOf(n),
    thread_id: idOf(n),
    account_id: idOf(1),
    account_name: "Home",
    mailbox: "INBOX",
    subject: `Subject ${n}`,
    from: { name: `Sender ${n}`, address: `sender${n}@example.org` },
    date: minute(n).toISOString(),
    received: minute(n).toISOString(),
    snippet: `Snippet ${n}`,
    category: "work",
    priority: "normal",
    corrected: false,
    confidence: 0.9,
    needs_reply: false,
    unread: true,
    flagged: false,
    has_attachments: false,
    from_me: false,
    task_count: 0,
    draft_count: 0,
    version: 1,
    ...some,
  };
}

export function wireMessage(n: number, some: Partial<Wire["Message"]> = {}): Wire["Message"] {
  return {
    ...wireItem(n),
    message_id: `${n}@example.org`,
    recipients: { to: [{ name: "Robin", address: "robin@example.org" }] },
    attachments: [],
    bytes: 1000,
    verdict_category: "work",
    text: `Text ${n}`,
    html: "",
    zones: [],
    truncated: false,
    ...some,
  };
}

export function wireCounts(some: Partial<Wire["Counts"]> = {}): Wire["Counts"] {
  return { items: [{ category: "work", total: 3, unread: 2 }], total: 3, unread: 2, waiting: 0, ...some };
}

export function wireExplanation(n: number, some: Partial<Wire["Explanation"]> = {}): Wire["Explanation"] {
  return {
    message_id: idOf(n),
    category: "work",
    verdict_category: "work",
    corrected: false,
    priority: "normal",
    needs_reply: false,
    confidence: 0.87,
    release_id: idOf(1),
    decided: minute(n).toISOString(),
    analysis: { evidence: [], failures: [], facts: {}, route: "keep", route_reason: "" },
    ...some,
  };
}

export function wireTask(n: number, some: Partial<Wire["Task"]> = {}): Wire["Task"] {
  return {
    id: idOf(n),
    message_id: idOf(n),
    title: `Task ${n}`,
    state: "open",
    due: null,
    due_date: null,
    quote: "",
    quote_start: 0,
    quote_end: 0,
    rule: "standard/request",
    confidence: 0.8,
    message_subject: `Subject ${n}`,
    from_name: `Sender ${n}`,
    created: minute(n).toISOString(),
    version: 1,
    ...some,
  };
}

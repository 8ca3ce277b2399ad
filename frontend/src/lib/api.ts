/**
 * The wire. snake_case and texts come in; the app's own types, dates and numbers go out.
 * Nothing else knows what the server's JSON looks like.
 */
import type { components } from "./api.gen";
import { call } from "./http";
import type {
  Account,
  Attachment,
  Category,
  Counts,
  Draft,
  Evidence,
  Explanation,
  Message,
  MessageFilter,
  MessageItem,
  MessagePatch,
  NewAccount,
  Page,
  Person,
  RejectedMail,
  RuleFailure,
  Session,
  Task,
  TaskState,
  Undone,
} from "./types";

type Wire = components["schemas"];

const root = "/api/v1";

function toSession(wire: Wire["Session"]): Session {
  return { accessToken: wire.access_token, expiresInS: wire.expires_in, user: wire.user };
}

export function toItem(wire: Wire["MessageItem"]): MessageItem {
  return {
    id: wire.id,
    threadId: wire.thread_id,
    accountId: wire.account_id,
    accountName: wire.account_name,
    mailbox: wire.mailbox,
    subject: wire.subject,
    from: wire.from,
    date: new Date(wire.date),
    received: new Date(wire.received),
    snippet: wire.snippet,
    category: wire.category,
    priority: wire.priority,
    corrected: wire.corrected,
    confidence: wire.confidence,
    needsReply: wire.needs_reply,
    unread: wire.unread,
    flagged: wire.flagged,
    hasAttachments: wire.has_attachments,
    fromMe: wire.from_me,
    taskCount: wire.task_count,
    draftCount: wire.draft_count,
    version: wire.version,
  };
}

function toAttachment(wire: Wire["Attachment"]): Attachment {
  return {
    partId: wire.part_id,
    name: wire.name,
    mimeType: wire.mime_type,
    bytes: wire.bytes,
    inline: wire.inline,
  };
}

function toMessage(wire: Wire["Message"]): Message {
  const people = (list: Person[] | undefined): Person[] => list ?? [];
  return {
    ...toItem(wire),
    recipients: {
      to: people(wire.recipients.to),
      cc: people(wire.recipients.cc),
      replyTo: people(wire.recipients.reply_to),
    },
    attachments: wire.attachments.map(toAttachment),
    bytes: wire.bytes,
    verdictCategory: wire.verdict_category,
    text: wire.text,
    html: wire.html,
    zones: wire.zones,
    truncated: wire.truncated,
  };
}

function toTask(wire: Wire["Task"]): Task {
  return {
    id: wire.id,
    messageId: wire.message_id,
    title: wire.title,
    state: wire.state,
    due: wire.due ? new Date(wire.due) : null,
    dueDate: wire.due_date,
    quote: wire.quote,
    quoteStart: wire.quote_start,
    quoteEnd: wire.quote_end,
    rule: wire.rule,
    confidence: wire.confidence,
    messageSubject: wire.message_subject,
    fromName: wire.from_name,
  };
}

function toDraft(wire: Wire["Draft"]): Draft {
  return {
    id: wire.id,
    messageId: wire.message_id,
    kind: wire.kind,
    subject: wire.subject,
    body: wire.body,
    language: wire.language,
    rule: wire.rule,
  };
}

function toAccount(wire: Wire["Account"]): Account {
  return {
    id: wire.id,
    name: wire.name,
    kind: wire.kind,
    options: wire.options,
    addresses: wire.addresses,
    addressesFound: wire.addresses_found,
    timeZone: wire.time_zone,
    timeZoneFound: wire.time_zone_found,
    state: wire.state,
    stateText: wire.state_text,
    demo: wire.demo,
    listed: wire.listed,
    decided: wire.decided,
    rejected: wire.rejected,
    synced: wire.synced ? new Date(wire.synced) : null,
  };
}

function toEvidence(wire: Wire["Evidence"]): Evidence {
  return { id: wire.id, scale: wire.scale, weight: wire.weight, words: wire.words ?? [] };
}

function toFailure(wire: Record<string, unknown>): RuleFailure {
  const text = (name: string): string => (typeof wire[name] === "string" ? wire[name] : "");
  return { rule: text("rule"), kind: text("kind"), text: text("text") };
}

function toFacts(wire: Record<string, unknown> | undefined): Record<string, boolean> {
  const facts = Object.entries(wire ?? {}).filter(([, value]) => typeof value === "boolean");
  return Object.fromEntries(facts) as Record<string, boolean>;
}

function toExplanation(wire: Wire["Explanation"]): Explanation {
  return {
    category: wire.category,
    verdictCategory: wire.verdict_category,
    corrected: wire.corrected,
    priority: wire.priority,
    needsReply: wire.needs_reply,
    confidence: wire.confidence,
    releaseId: wire.release_id,
    decided: new Date(wire.decided),
    evidence: (wire.analysis.evidence ?? []).map(toEvidence),
    failures: (wire.analysis.failures ?? []).map(toFailure),
    facts: toFacts(wire.analysis.facts),
    route: wire.analysis.route ?? "",
    routeReason: wire.analysis.route_reason ?? "",
  };
}

function toCounts(wire: Wire["Counts"]): Counts {
  const byCategory: Partial<Record<Category, { total: number; unread: number }>> = {};
  for (const { category, total, unread } of wire.items) byCategory[category] = { total, unread };
  return { byCategory, total: wire.total, unread: wire.unread, waiting: wire.waiting };
}

/* Signing in */

const signIn = async (path: string, body?: unknown): Promise<Session> =>
  toSession(await call(`POST`, `${root}/auth/${path}`, { body, signed: false }));

export const login = (username: string, password: string) => signIn("login", { username, password });
export const exchangeLink = (token: string) => signIn("link", { token });
export const refresh = () => signIn("refresh");
export const logout = () => call<void>("POST", `${root}/auth/logout`, { signed: false });

/* Messages */

export async function listMessages(
  filter: MessageFilter,
  cursor: string | null,
  limit: number,
  signal?: AbortSignal,
): Promise<Page<MessageItem>> {
  const scope = filter.q
    ? { q: filter.q }
    : { category: filter.category, account: filter.account, unread: filter.unread || null };
  const page = await call<Wire["MessagePage"]>("GET", `${root}/messages`, {
    query: { ...scope, cursor, limit },
    signal,
  });
  return { items: page.items.map(toItem), nextCursor: page.next_cursor };
}

export const countMessages = async (signal?: AbortSignal): Promise<Counts> =>
  toCounts(await call("GET", `${root}/messages/counts`, { signal }));

export const getMessage = async (id: string, signal?: AbortSignal): Promise<Message> =>
  toMessage(await call("GET", `${root}/messages/${id}`, { signal }));

export const explainMessage = async (id: string, signal?: AbortSignal): Promise<Explanation> =>
  toExplanation(await call("GET", `${root}/messages/${id}/explain`, { signal }));

export async function patchMessage(
  id: string,
  patch: MessagePatch,
): Promise<{ operation: string; message: MessageItem }> {
  const wire = await call<Wire["MessagePatched"]>("PATCH", `${root}/messages/${id}`, { body: patch });
  return { operation: wire.operation, message: toItem(wire.message) };
}

/* Tasks and drafts of one message: a page holds all that a message can have. */

const ofMessage = (id: string) => ({ message: id, limit: 200 });

export async function listTasks(messageId: string, signal?: AbortSignal): Promise<Task[]> {
  const page = await call<Wire["TaskPage"]>("GET", `${root}/tasks`, {
    query: ofMessage(messageId),
    signal,
  });
  return page.items.map(toTask);
}

export async function patchTask(id: string, state: TaskState): Promise<{ operation: string }> {
  const wire = await call<Wire["TaskPatched"]>("PATCH", `${root}/tasks/${id}`, { body: { state } });
  return { operation: wire.operation };
}

export async function listDrafts(messageId: string, signal?: AbortSignal): Promise<Draft[]> {
  const page = await call<Wire["DraftPage"]>("GET", `${root}/drafts`, {
    query: ofMessage(messageId),
    signal,
  });
  return page.items.map(toDraft);
}

/* Undo */

export const undo = (operation: string) => call<Undone>("POST", `${root}/undo/${operation}`);

/* Accounts */

export async function listAccounts(signal?: AbortSignal): Promise<Account[]> {
  const list = await call<Wire["AccountList"]>("GET", `${root}/accounts`, { signal });
  return list.items.map(toAccount);
}

export async function listRejected(accountId: string, cursor: string | null, signal?: AbortSignal): Promise<Page<RejectedMail>> {
  const page = await call<Wire["RejectedPage"]>("GET", `${root}/accounts/${accountId}/rejected`, {
    query: { cursor, limit: 50 },
    signal,
  });
  const items = page.items.map((wire) => ({ ...wire, received: new Date(wire.received) }));
  return { items, nextCursor: page.next_cursor };
}

export const createAccount = async (account: NewAccount): Promise<Account> =>
  toAccount(await call("POST", `${root}/accounts`, { body: account }));

export const patchAccount = async (
  id: string,
  patch: { address?: string; timeZone?: string },
): Promise<Account> =>
  toAccount(
    await call("PATCH", `${root}/accounts/${id}`, {
      body: { address: patch.address, time_zone: patch.timeZone },
    }),
  );

export const removeAccount = async (id: string): Promise<Account> =>
  toAccount(await call("DELETE", `${root}/accounts/${id}`));

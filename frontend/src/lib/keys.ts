/** All query keys, and which event touches which. */
import type { QueryKey } from "@tanstack/react-query";
import type { MessageFilter } from "./types";

export const keys = {
  lists: ["messages"] as const,
  list: (filter: MessageFilter) => ["messages", filter] as const,
  counts: ["counts"] as const,
  messages: ["message"] as const,
  message: (id: string) => ["message", id] as const,
  explanations: ["explain"] as const,
  explanation: (id: string) => ["explain", id] as const,
  tasks: ["tasks"] as const,
  tasksOf: (messageId: string) => ["tasks", messageId] as const,
  drafts: ["drafts"] as const,
  draftsOf: (messageId: string) => ["drafts", messageId] as const,
  accounts: ["accounts"] as const,
  rejectedOf: (accountId: string) => ["accounts", accountId, "rejected"] as const,
};

export interface Touched {
  /** To be loaded anew where it is on screen. */
  stale: readonly QueryKey[];
  /** Lists: their head has changed, or all of them may have. */
  lists: "head" | "all" | null;
  /** Messages whose rows are patched one by one. */
  rows: readonly string[];
}

/** More changed rows than this are loaded as lists. */
const ROWS_MAX = 10;

function idsOf(data: unknown): string[] {
  const ids: unknown = data && typeof data === "object" ? Reflect.get(data, "ids") : null;
  return Array.isArray(ids) ? ids.filter((id): id is string => typeof id === "string") : [];
}

function changedMessages(ids: string[]): Touched {
  const stale = [...ids.map(keys.message), ...ids.map(keys.explanation), keys.counts];
  return ids.length <= ROWS_MAX
    ? { stale, lists: null, rows: ids }
    : { stale, lists: "all", rows: [] };
}

/** What an event of the server touches. Unknown events touch nothing. */
export function touchedBy(event: string, data: unknown): Touched {
  const none: Touched = { stale: [], lists: null, rows: [] };
  const ids = idsOf(data);
  switch (event) {
    case "messages.decided": {
      const pages = ids.flatMap((id) => [keys.message(id), keys.explanation(id)]);
      return { stale: [...pages, keys.counts, keys.tasks, keys.drafts], lists: "head", rows: [] };
    }
    case "message.changed":
      return changedMessages(ids);
    case "message.removed":
      return { stale: [...ids.map(keys.message), keys.counts], lists: "all", rows: [] };
    case "messages.removed":
      return { stale: [keys.messages, keys.counts, keys.tasks, keys.drafts], lists: "all", rows: [] };
    case "task.changed":
      return { ...none, stale: [keys.tasks], lists: "head" };
    case "account.added":
    case "account.changed":
    case "account.synced":
      return { ...none, stale: [keys.accounts, keys.counts] };
    case "account.removed":
    case "account.settled":
      return { ...none, stale: [keys.accounts, keys.counts], lists: "all" };
    default:
      return none;
  }
}

/** What the app knows: the wire's records in the app's own shape (made by api.ts). */

export const categories = [
  "personal",
  "work",
  "meeting",
  "receipt",
  "newsletter",
  "promotion",
  "notification",
  "security",
  "spam",
] as const;
export type Category = (typeof categories)[number];
export type Priority = "urgent" | "high" | "normal" | "low";
export type TaskState = "open" | "done" | "dismissed";

export interface User {
  id: string;
  name: string;
  role: "admin" | "editor" | "user";
}

export interface Session {
  accessToken: string;
  expiresInS: number;
  user: User;
}

export interface Person {
  name: string;
  address: string;
}

export interface MessageItem {
  id: string;
  threadId: string;
  accountId: string;
  accountName: string;
  mailbox: string;
  subject: string;
  from: Person;
  date: Date;
  received: Date;
  snippet: string;
  category: Category;
  priority: Priority;
  corrected: boolean;
  confidence: number;
  needsReply: boolean;
  unread: boolean;
  flagged: boolean;
  hasAttachments: boolean;
  fromMe: boolean;
  taskCount: number;
  draftCount: number;
  version: number;
}

export interface Attachment {
  partId: string;
  name: string;
  mimeType: string;
  bytes: number;
  inline: boolean;
}

/** A part of a message's text. `start` and `end` count bytes of its UTF-8 form. */
export interface Zone {
  kind: string;
  start: number;
  end: number;
}

export interface Message extends MessageItem {
  recipients: { to: Person[]; cc: Person[]; replyTo: Person[] };
  attachments: Attachment[];
  bytes: number;
  verdictCategory: string;
  text: string;
  html: string;
  zones: Zone[];
  /** The mail holds more than this. */
  truncated: boolean;
}

/** What a list shows. `q` stands alone: a search is over all mail. */
export interface MessageFilter {
  category: Category | null;
  account: string | null;
  unread: boolean;
  q: string;
}

export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

export interface MessagePatch {
  unread?: boolean;
  flagged?: boolean;
  category?: Category;
}

export interface Count {
  total: number;
  unread: number;
}

export interface Counts extends Count {
  byCategory: Partial<Record<Category, Count>>;
  waiting: number;
}

export interface Evidence {
  id: string;
  scale: string;
  weight: number;
  words: string[];
}

export interface RuleFailure {
  rule: string;
  kind: string;
  text: string;
}

export interface Explanation {
  category: Category;
  verdictCategory: string;
  corrected: boolean;
  priority: Priority;
  needsReply: boolean;
  confidence: number;
  releaseId: string;
  decided: Date;
  evidence: Evidence[];
  failures: RuleFailure[];
  facts: Record<string, boolean>;
  route: string;
  routeReason: string;
}

export interface Task {
  id: string;
  messageId: string;
  title: string;
  state: TaskState;
  due: Date | null;
  dueDate: string | null;
  quote: string;
  quoteStart: number;
  quoteEnd: number;
  rule: string;
  confidence: number;
  messageSubject: string;
  fromName: string;
}

export interface Draft {
  id: string;
  messageId: string;
  kind: string;
  subject: string;
  body: string;
  language: string;
  rule: string;
}

export interface Undone {
  operation: string;
  items: { object: string; id: string; result: "undone" | "changed_since" | "gone" }[];
}

/** A mail of which nothing could be made. */
export interface RejectedMail {
  key: string;
  mailbox: string;
  received: Date;
  reason: string;
}

export interface Account {
  id: string;
  name: string;
  kind: string;
  options: Record<string, string>;
  addresses: string[];
  addressesFound: boolean;
  timeZone: string;
  timeZoneFound: boolean;
  state: "active" | "paused" | "error" | "removing";
  stateText: string;
  demo: boolean;
  listed: number;
  decided: number;
  rejected: number;
  synced: Date | null;
}

export interface NewAccount {
  name: string;
  kind: string;
  options: Record<string, string>;
}

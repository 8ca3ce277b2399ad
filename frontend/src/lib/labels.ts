/** Words and colours of what the server names. */
import { categories, type Category, type Priority } from "./types";

export const categoryLabels: Record<Category, string> = {
  personal: "Personal",
  work: "Work",
  meeting: "Meetings",
  receipt: "Receipts",
  newsletter: "Newsletters",
  promotion: "Promotions",
  notification: "Notifications",
  security: "Security",
  spam: "Spam",
};

/** The name of a category in a sentence. */
export const categoryWord = (category: string): string => category.replace(/-/g, " ");

/** The variable that holds a category's colour; app/app.css sets it for both schemes. */
export const categoryColour = (category: string): string =>
  (categories as readonly string[]).includes(category) ? `var(--category-${category})` : "var(--faint)";

export const priorityLabels: Record<Priority, string> = {
  urgent: "Urgent",
  high: "High priority",
  normal: "Normal priority",
  low: "Low priority",
};

export const noSubject = "(no subject)";

export const personName = (person: { name: string; address: string }): string =>
  person.name || person.address || "(unknown sender)";

const addressLike = /[^\s@＠﹫<>"'()[\]]+[@＠﹫][^\s@＠﹫<>"'()[\],;:]+/gu;

/** The name reads like an address that is not the sender's own. */
export const posesAsAnother = (person: { name: string; address: string }): boolean =>
  (person.name.match(addressLike) ?? []).some((word) => word.toLowerCase() !== person.address.toLowerCase());

export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const kilo = bytes / 1000;
  return kilo < 1000 ? `${Math.round(kilo)} kB` : `${(kilo / 1000).toFixed(1)} MB`;
}

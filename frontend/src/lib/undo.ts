/** The change that can be taken back now. The bar shows it for a while; the store keeps it for
 * 30 days. */
import { createStore } from "./store";

export interface Undoable {
  operation: string;
  /** What was done first, whatever was undone and redone since: "Moved to work". */
  text: string;
  /** Taking back an undo is a redo. */
  isUndo: boolean;
  /** It is a redo itself. */
  isRedo?: boolean;
}

export interface Notice {
  text: string;
  /** Refused: shown as an error. */
  refused: boolean;
}

export const UNDO_SHOWN_MS = 30_000;

export const undoable = createStore<Undoable | null>(null);
export const notice = createStore<Notice | null>(null);

/** What the operation did, in words that do not grow with every undo and redo. */
export function said({ text, isUndo, isRedo }: Undoable): string {
  if (isUndo) return `Undone: ${text}`;
  return isRedo ? `Done again: ${text}` : text;
}

export function offerUndo(operation: string, text: string): void {
  notice.set(null);
  undoable.set({ operation, text, isUndo: false });
}

/** The other way, once `change` was taken back by `operation`. */
export function offerBack(operation: string, { text, isUndo }: Undoable): void {
  notice.set(null);
  undoable.set({ operation, text, isUndo: !isUndo, isRedo: isUndo });
}

export function tellRefused(error: unknown): void {
  notice.set({ text: error instanceof Error ? error.message : String(error), refused: true });
}

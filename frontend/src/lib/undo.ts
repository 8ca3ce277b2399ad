/** The change that can be taken back now. The bar shows it for a while; the store keeps it for
 * 30 days. */
import { createStore } from "./store";

export interface Undoable {
  operation: string;
  /** What was done: "Moved to work". */
  text: string;
  /** Taking back an undo is a redo. */
  isUndo: boolean;
}

export interface Notice {
  text: string;
  /** Refused: shown as an error. */
  refused: boolean;
}

export const UNDO_SHOWN_MS = 30_000;

export const undoable = createStore<Undoable | null>(null);
export const notice = createStore<Notice | null>(null);

export function offerUndo(operation: string, text: string, isUndo = false): void {
  notice.set(null);
  undoable.set({ operation, text, isUndo });
}

export function tellRefused(error: unknown): void {
  notice.set({ text: error instanceof Error ? error.message : String(error), refused: true });
}

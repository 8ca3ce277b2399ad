/** Taking back the last change, and taking back the taking back. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { undo } from "../../lib/api";
import { keys } from "../../lib/keys";
import { notice, offerBack, tellRefused, undoable, type Undoable } from "../../lib/undo";
import type { Undone } from "../../lib/types";

/** What became of it, when not all could be taken back. */
export function leftover(undone: Undone): string | null {
  const changed = undone.items.filter(({ result }) => result === "changed_since").length;
  const gone = undone.items.filter(({ result }) => result === "gone").length;
  if (changed + gone === 0) return null;
  const left = [changed && `${changed} changed since`, gone && `${gone} gone`].filter(Boolean).join(", ");
  const done = undone.items.length - changed - gone;
  return done === 0 ? `Not undone: ${left}` : `${done} undone; ${left}`;
}

export function useUndo() {
  const client = useQueryClient();
  const { mutate, isPending } = useMutation({
    mutationFn: (change: Undoable) => undo(change.operation),
    onMutate: () => undoable.set(null),
    onSuccess: (undone, change) => {
      const left = leftover(undone);
      if (left) notice.set({ text: left, refused: false });
      else if (undone.operation !== null) offerBack(undone.operation, change);
      // The event of the server brings the rows; these are asked for at once.
      for (const { object, id } of undone.items) {
        void client.invalidateQueries({ queryKey: object === "task" ? keys.tasks : keys.message(id) });
        if (object === "message") void client.invalidateQueries({ queryKey: keys.explanation(id) });
      }
    },
    onError: (error) => tellRefused(error),
  });
  return () => {
    const change = undoable.get();
    if (change && !isPending) mutate(change);
  };
}

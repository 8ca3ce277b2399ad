/** Changes to messages: shown at once, rolled back when the server refuses. */
import { useMutation, useQueryClient, type QueryClient } from "@tanstack/react-query";
import * as api from "./api";
import { keys } from "./keys";
import { findRow, putRowEverywhere } from "./live";
import { offerUndo, tellRefused } from "./undo";
import type { Counts, Message, MessageItem, MessagePatch } from "./types";

export interface Change {
  id: string;
  patch: MessagePatch;
  /** What the undo bar says; null: a change in passing, as reading is. */
  text: string | null;
}

/** The counts when one message changes from `before` to `after`. */
export function recount(counts: Counts, before: MessageItem, after: MessageItem): Counts {
  const byCategory = { ...counts.byCategory };
  const add = (item: MessageItem, by: 1 | -1): void => {
    const old = byCategory[item.category] ?? { total: 0, unread: 0 };
    byCategory[item.category] = {
      total: old.total + by,
      unread: old.unread + (item.unread ? by : 0),
    };
  };
  add(before, -1);
  add(after, 1);
  return { ...counts, byCategory, unread: counts.unread + Number(after.unread) - Number(before.unread) };
}

function show(client: QueryClient, before: MessageItem, after: MessageItem): void {
  putRowEverywhere(client, after);
  client.setQueryData<Message>(keys.message(after.id), (old) => old && { ...old, ...after });
  client.setQueryData<Counts>(keys.counts, (old) => old && recount(old, before, after));
}

export function useChangeMessage() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, patch }: Change) => api.patchMessage(id, patch),
    onMutate: async ({ id, patch }) => {
      await client.cancelQueries({ queryKey: keys.message(id) });
      const before = findRow(client, id);
      const corrected = before && (before.corrected || patch.category !== undefined);
      const after = before && { ...before, ...patch, corrected: corrected ?? false };
      if (before && after) show(client, before, after);
      return { before, after };
    },
    onSuccess: ({ operation, message }, { id, text }, { after }) => {
      show(client, after ?? message, message);
      void client.invalidateQueries({ queryKey: keys.explanation(id) });
      if (text) offerUndo(operation, text);
    },
    onError: (error, _change, context) => {
      if (context?.before && context.after) show(client, context.after, context.before);
      tellRefused(error);
    },
  });
}

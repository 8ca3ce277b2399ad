/** Finishing, dismissing and reopening: shown at once, rolled back when refused. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { patchTask } from "../../lib/api";
import { keys } from "../../lib/keys";
import type { Task, TaskState } from "../../lib/types";
import { offerUndo, tellRefused } from "../../lib/undo";

const said: Record<TaskState, string> = {
  done: "Task done",
  dismissed: "Task dismissed",
  open: "Task opened again",
};

export function useChangeTask(messageId: string) {
  const client = useQueryClient();
  const key = keys.tasksOf(messageId);
  const show = (id: string, state: TaskState): void => {
    client.setQueryData<Task[]>(key, (tasks) =>
      tasks?.map((task) => (task.id === id ? { ...task, state } : task)),
    );
  };
  return useMutation({
    mutationFn: ({ task, state }: { task: Task; state: TaskState }) => patchTask(task.id, state),
    onMutate: async ({ task, state }) => {
      await client.cancelQueries({ queryKey: key });
      show(task.id, state);
    },
    onSuccess: ({ operation }, { state }) => offerUndo(operation, said[state]),
    onError: (error, { task }) => {
      show(task.id, task.state);
      tellRefused(error);
    },
  });
}

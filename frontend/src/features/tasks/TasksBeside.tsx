/** What the message asks for. */
import { ActionIcon, Checkbox, Tooltip, UnstyledButton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { listTasks } from "../../lib/api";
import { Icon } from "../../lib/components/icons";
import { Panel } from "../../lib/components/Panel";
import { keys } from "../../lib/keys";
import type { ByteRange } from "../../lib/text";
import { dueTime } from "../../lib/time";
import type { Task, TaskState } from "../../lib/types";
import { useChangeTask } from "./useChangeTask";
import classes from "./TasksBeside.module.css";

interface RowProps {
  task: Task;
  onState: (state: TaskState) => void;
  onShow: (range: ByteRange) => void;
}

function TaskRow({ task, onState, onShow }: RowProps) {
  const due = dueTime(task.due, task.dueDate, new Date());
  const open = task.state === "open";
  return (
    <li className={classes.task} data-state={task.state}>
      <Checkbox
        size="xs"
        aria-label={`Done: ${task.title}`}
        checked={task.state === "done"}
        onChange={(event) => onState(event.currentTarget.checked ? "done" : "open")}
      />
      <div className={classes.what}>
        <span className={classes.title}>{task.title}</span>
        {due && (
          <span className={classes.due} data-late={(due.late && open) || undefined}>
            due {due.text}
          </span>
        )}
        {task.quote && (
          <UnstyledButton
            className={classes.quote}
            title="Show it in the text"
            onClick={() => onShow({ start: task.quoteStart, end: task.quoteEnd })}
          >
            “{task.quote}”
          </UnstyledButton>
        )}
      </div>
      <Tooltip label={open ? "No task of mine" : "Open it again"} openDelay={500}>
        <ActionIcon
          size="sm"
          variant="subtle"
          color="gray"
          aria-label={open ? `Dismiss: ${task.title}` : `Reopen: ${task.title}`}
          onClick={() => onState(open ? "dismissed" : "open")}
        >
          <Icon name={open ? "close" : "reply"} size={12} />
        </ActionIcon>
      </Tooltip>
    </li>
  );
}

export function TasksBeside({ messageId, onShow }: { messageId: string; onShow: (range: ByteRange) => void }) {
  const { data, error } = useQuery({
    queryKey: keys.tasksOf(messageId),
    queryFn: ({ signal }) => listTasks(messageId, signal),
  });
  const change = useChangeTask(messageId);
  if (error && !data) return <Panel title="Tasks">{error.message}</Panel>;
  if (!data || data.length === 0) return null;
  const open = data.filter(({ state }) => state === "open").length;
  return (
    <Panel title="Tasks" note={open > 0 ? `${open} open` : "all done"}>
      <ul className={classes.tasks}>
        {data.map((task) => (
          <TaskRow
            key={task.id}
            task={task}
            onShow={onShow}
            onState={(state) => change.mutate({ task, state })}
          />
        ))}
      </ul>
    </Panel>
  );
}

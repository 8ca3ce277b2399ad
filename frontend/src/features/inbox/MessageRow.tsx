/** One line of the list. */
import { memo } from "react";
import { CategoryDot } from "../../lib/components/CategoryDot";
import { Icon } from "../../lib/components/icons";
import { PersonName } from "../../lib/components/PersonName";
import { categoryLabels, noSubject, priorityLabels } from "../../lib/labels";
import { longTime, shortTime } from "../../lib/time";
import type { MessageItem } from "../../lib/types";
import classes from "./MessageRow.module.css";

interface Props {
  row: MessageItem;
  now: Date;
  selected: boolean;
  open: boolean;
  onOpen: (id: string) => void;
}

function Marks({ row }: { row: MessageItem }) {
  return (
    <span className={classes.marks}>
      {row.needsReply && (
        <span className={classes.needsReply}>
          <Icon name="reply" label="Needs a reply" />
        </span>
      )}
      {row.taskCount > 0 && <Icon name="task" label={row.taskCount === 1 ? "1 task" : `${row.taskCount} tasks`} />}
      {row.draftCount > 0 && <Icon name="draft" label="An answer is prepared" />}
      {row.hasAttachments && <Icon name="clip" label="Has attachments" />}
      {row.flagged && <Icon name="flag" label="Flagged" />}
    </span>
  );
}

function PriorityMark({ row }: { row: MessageItem }) {
  const shown = row.priority === "urgent" || row.priority === "high";
  return (
    <span className={classes.priority} data-priority={row.priority}>
      {shown && <Icon name="urgent" label={priorityLabels[row.priority]} size={14} />}
    </span>
  );
}

export const MessageRow = memo(function MessageRow({ row, now, selected, open, onOpen }: Props) {
  return (
    <div
      id={`row-${row.id}`}
      role="option"
      aria-selected={selected}
      className={classes.row}
      data-unread={row.unread || undefined}
      data-open={open || undefined}
      onClick={() => onOpen(row.id)}
    >
      <span className={classes.unread}>{row.unread && <span aria-label="Unread" role="img" />}</span>
      <PriorityMark row={row} />
      <span className={classes.sender} title={row.from.address}>
        {row.fromMe ? "Me" : <PersonName person={row.from} />}
      </span>
      <span className={classes.category} title={categoryLabels[row.category]}>
        <CategoryDot category={row.category} />
      </span>
      <span className={classes.words}>
        <span className={classes.line}>
          <bdi className={classes.subject}>{row.subject || noSubject}</bdi>
          <bdi className={classes.snippet}>{row.snippet}</bdi>
        </span>
        <Marks row={row} />
      </span>
      <time className={classes.date} dateTime={row.received.toISOString()} title={longTime(row.received)}>
        {shortTime(row.received, now)}
      </time>
    </div>
  );
});

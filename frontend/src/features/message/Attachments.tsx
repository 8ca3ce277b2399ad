import { Icon } from "../../lib/components/icons";
import { formatBytes } from "../../lib/labels";
import type { Attachment } from "../../lib/types";
import classes from "./Attachments.module.css";

/** The files of a message, named. Pictures that stand in its text are no files. */
export function Attachments({ attachments }: { attachments: Attachment[] }) {
  const files = attachments.filter((attachment) => !attachment.inline);
  if (files.length === 0) return null;
  return (
    <ul className={classes.files} aria-label="Attachments">
      {files.map((file) => (
        <li key={file.partId} title={file.mimeType}>
          <Icon name="clip" size={14} />
          <bdi>{file.name || file.mimeType}</bdi>
          <small>{formatBytes(file.bytes)}</small>
        </li>
      ))}
    </ul>
  );
}

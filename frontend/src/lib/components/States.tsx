/** What stands in the place of data: nothing there, on its way, refused. */
import { Button, Loader } from "@mantine/core";
import type { ReactNode } from "react";
import { Problem } from "../http";
import { Icon, type IconName } from "./icons";
import classes from "./States.module.css";

interface EmptyProps {
  icon: IconName;
  title: string;
  children?: ReactNode;
}

export function Empty({ icon, title, children }: EmptyProps) {
  return (
    <div className={classes.state}>
      <Icon name={icon} size={36} />
      <h2>{title}</h2>
      {children && <p>{children}</p>}
    </div>
  );
}

export function Loading({ what }: { what: string }) {
  return (
    <div className={classes.state} role="status" aria-label={`Loading ${what}`}>
      <Loader size="sm" type="dots" className={classes.late} />
    </div>
  );
}

interface RefusedProps {
  error: unknown;
  /** What was wanted: "The messages". */
  what: string;
  onRetry?: () => void;
}

export function Refused({ error, what, onRetry }: RefusedProps) {
  const detail = error instanceof Error ? error.message : String(error);
  const passing = error instanceof Problem ? error.passing : true;
  return (
    <div className={classes.state} role="alert">
      <Icon name="warn" size={36} />
      <h2>{what} could not be loaded</h2>
      <p>{detail}</p>
      {onRetry && passing && (
        <Button size="xs" variant="default" onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}

/** One block beside a message. */
import type { ReactNode } from "react";
import classes from "./Panel.module.css";

interface Props {
  title: string;
  note?: ReactNode;
  children: ReactNode;
}

export function Panel({ title, note, children }: Props) {
  return (
    <section className={classes.panel} aria-label={title}>
      <header className={classes.head}>
        <h3>{title}</h3>
        {note && <span>{note}</span>}
      </header>
      {children}
    </section>
  );
}

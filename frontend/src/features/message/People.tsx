/** From, to and when. */
import { Tooltip } from "@mantine/core";
import { Fragment } from "react";
import { PersonName } from "../../lib/components/PersonName";
import { personName, posesAsAnother } from "../../lib/labels";
import { longTime } from "../../lib/time";
import type { Message, Person } from "../../lib/types";
import classes from "./People.module.css";

const SHOWN = 4;

function Names({ label, people }: { label: string; people: Person[] }) {
  if (people.length === 0) return null;
  const more = people.length - SHOWN;
  return (
    <Tooltip multiline maw={420} openDelay={400} label={people.map(({ address }) => address).join(", ")}>
      <span>
        {label}{" "}
        {people.slice(0, SHOWN).map((person, i) => (
          <Fragment key={i}>
            {i > 0 && ", "}
            <PersonName person={person} />
          </Fragment>
        ))}
        {more > 0 && ` and ${more} more`}
      </span>
    </Tooltip>
  );
}

/** The same letter and hue for the same address. */
function Face({ person }: { person: Person }) {
  let hash = 0;
  for (const character of person.address) hash = (hash * 31 + character.charCodeAt(0)) % 360;
  return (
    <span className={classes.face} style={{ ["--hue" as string]: hash }} aria-hidden>
      {[...personName(person)][0]?.toUpperCase()}
    </span>
  );
}

export function People({ message }: { message: Message }) {
  const { from, recipients, date, accountName } = message;
  return (
    <div className={classes.people}>
      <Face person={from} />
      <div className={classes.lines}>
        <div className={classes.from}>
          <strong>
            <PersonName person={from} />
          </strong>
          {from.name && !posesAsAnother(from) && <span className={classes.address}>{from.address}</span>}
        </div>
        <div className={classes.to}>
          <Names label="to" people={recipients.to} />
          <Names label="copy" people={recipients.cc} />
        </div>
      </div>
      <div className={classes.when}>
        <time dateTime={date.toISOString()}>{longTime(date)}</time>
        <span>{accountName}</span>
      </div>
    </div>
  );
}

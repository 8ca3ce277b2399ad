/** A person as a mail names them. Its words keep their reading direction to themselves. */
import { personName, posesAsAnother } from "../labels";
import type { Person } from "../types";

/** The true address stands first, where no long name can push it out of sight. */
export function PersonName({ person }: { person: Person }) {
  if (!posesAsAnother(person)) return <bdi>{personName(person)}</bdi>;
  return (
    <>
      <bdi>{person.address || "(no address)"}</bdi> “<bdi>{person.name}</bdi>”
    </>
  );
}

/** Why the message is where it is, and the place to say that it is not. */
import { NativeSelect } from "@mantine/core";
import { CategoryDot } from "../../lib/components/CategoryDot";
import { Panel } from "../../lib/components/Panel";
import { Loading } from "../../lib/components/States";
import { categoryLabels, categoryWord, priorityLabels } from "../../lib/labels";
import { longTime } from "../../lib/time";
import { categories, type Category, type Explanation } from "../../lib/types";
import { evidenceName, factSentences, groupEvidence, hasLost, scaleName, signed, type EvidenceGroup } from "./evidence";
import { useExplanation } from "./useMessage";
import classes from "./WhyHere.module.css";

function EvidenceRows({ group, most }: { group: EvidenceGroup; most: number }) {
  return (
    <div className={classes.group}>
      <h4>
        <CategoryDot category={group.scale} size={7} /> for {scaleName(group.scale)}
        <span>{signed(group.sum)}</span>
      </h4>
      <ul>
        {group.evidence.map((each) => {
          const { name, rule } = evidenceName(each.id);
          return (
            <li key={each.id} title={rule}>
              <span className={classes.name}>{name}</span>
              <span className={classes.weight}>{signed(each.weight)}</span>
              <span
                className={classes.bar}
                data-against={each.weight < 0 || undefined}
                style={{ width: `${(Math.abs(each.weight) / most) * 100}%` }}
              />
              {each.words.length > 0 && <q className={classes.words}>{each.words.join(", ")}</q>}
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function Verdict({ explanation, onCategory }: { explanation: Explanation; onCategory: (category: Category) => void }) {
  const { category, corrected, verdictCategory, confidence, priority, needsReply } = explanation;
  return (
    <div className={classes.verdict}>
      <label className={classes.place}>
        <CategoryDot category={category} size={10} />
        <NativeSelect
          size="xs"
          aria-label="Category of this message"
          value={category}
          data={categories.map((each) => ({ value: each, label: categoryLabels[each] }))}
          onChange={(event) => onCategory(event.currentTarget.value as Category)}
        />
        <span>{corrected ? "your choice" : `${Math.round(confidence * 100)} % sure`}</span>
      </label>
      {corrected && verdictCategory !== category && <p>The rules said {categoryWord(verdictCategory)}.</p>}
      <p>
        {priorityLabels[priority]}
        {needsReply && ", needs a reply"}
      </p>
    </div>
  );
}

function Reasons({ explanation }: { explanation: Explanation }) {
  const groups = groupEvidence(explanation.evidence, explanation.verdictCategory);
  const lost = groups.filter((group) => hasLost(group, explanation));
  const most = Math.max(...explanation.evidence.map(({ weight }) => Math.abs(weight)), 0.1);
  return (
    <>
      {groups.length === 0 && <p className={classes.quiet}>No rule had anything to say.</p>}
      {groups
        .filter((group) => !lost.includes(group))
        .map((group) => (
          <EvidenceRows key={group.scale} group={group} most={most} />
        ))}
      {lost.length > 0 && (
        <details className={classes.lost}>
          <summary>What else was weighed</summary>
          {lost.map((group) => (
            <EvidenceRows key={group.scale} group={group} most={most} />
          ))}
        </details>
      )}
      <ul className={classes.facts}>
        {factSentences(explanation).map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
        {explanation.route === "ask" && <li className={classes.sentence}>{explanation.routeReason}</li>}
        {explanation.failures.map((failure) => (
          <li key={failure.rule} className={classes.failure}>
            {failure.rule} failed: {failure.text}
          </li>
        ))}
      </ul>
      <p className={classes.quiet}>
        Decided {longTime(explanation.decided)} by release <code>{explanation.releaseId.replace(/^0+(?=.)/, "")}</code>
      </p>
    </>
  );
}

export function WhyHere({ id, onCategory }: { id: string; onCategory: (category: Category) => void }) {
  const { data, isPending, error } = useExplanation(id);
  return (
    <Panel title="Why here">
      {isPending && <Loading what="the reasons" />}
      {error && !data && <p role="alert">{error.message}</p>}
      {data && (
        <>
          <Verdict explanation={data} onCategory={onCategory} />
          <Reasons explanation={data} />
        </>
      )}
    </Panel>
  );
}

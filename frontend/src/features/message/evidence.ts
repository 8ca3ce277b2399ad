/** Evidence as people read it. Pure. */
import type { Evidence, Explanation } from "../../lib/types";

/** "standard/receipt/order-number": what fired, and by which rule. */
export function evidenceName(id: string): { name: string; rule: string } {
  const parts = id.split("/");
  const name = (parts.pop() ?? id).replace(/[-_]/g, " ");
  return { name, rule: parts.join("/") };
}

export function scaleName(scale: string): string {
  const [kind, value] = scale.split(":");
  if (kind === "priority" && value) return `${value} priority`;
  return scale.replace(/-/g, " ");
}

/** "+1.5", with a true minus. */
export function signed(weight: number): string {
  return `${weight < 0 ? "−" : "+"}${Math.abs(weight).toFixed(1)}`;
}

export interface EvidenceGroup {
  scale: string;
  sum: number;
  evidence: Evidence[];
}

/** By what it speaks for: the verdict's own first, then by weight. */
export function groupEvidence(evidence: Evidence[], verdict: string): EvidenceGroup[] {
  const groups = new Map<string, EvidenceGroup>();
  for (const each of evidence) {
    const group = groups.get(each.scale) ?? { scale: each.scale, sum: 0, evidence: [] };
    group.evidence.push(each);
    group.sum += each.weight;
    groups.set(each.scale, group);
  }
  for (const group of groups.values()) {
    group.evidence.sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
  }
  const isVerdict = (group: EvidenceGroup): number => Number(group.scale === verdict);
  return [...groups.values()].sort((a, b) => isVerdict(b) - isVerdict(a) || b.sum - a.sum);
}

/** Speaks for something that the message has not become. */
export function hasLost(group: EvidenceGroup, { verdictCategory, priority, needsReply }: Explanation): boolean {
  const won = [verdictCategory, `priority:${priority}`, needsReply ? "needs-reply" : ""];
  return !won.includes(group.scale);
}

const facts: Record<string, string> = {
  from_me: "You sent it",
  wrote_to_sender: "You had written to this sender before",
  thread_has_mine: "You took part in this conversation",
};

/** What the rules knew of the past, in sentences. */
export function factSentences(explanation: Explanation): string[] {
  const known = Object.entries(explanation.facts).filter(([, value]) => value);
  if (known.length === 0) return ["You had not written to this sender before"];
  return known.map(([name]) => facts[name] ?? name.replace(/_/g, " "));
}

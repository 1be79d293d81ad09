/** An element as a plan names it. */
export interface PlanElement {
  name: string;
  description: string;
}

/** What a vendor needs. */
export interface Plan {
  elements: readonly PlanElement[];
  uiTextPrefix?: string | undefined;
}

/** How things are before a plan is applied. */
export interface Installed {
  /** Whether a plan of the vendor is installed. */
  installed: boolean;
  uiTextPrefix?: string | undefined;
  /** Elements that the vendor's plan names now. */
  named: ReadonlySet<string>;
  /** Descriptions of those elements of the new plan that are defined, by any way. */
  defined: ReadonlyMap<string, string>;
}

/** What applying a plan does. All lists are by name. */
export interface PlanDifference {
  changed: boolean;
  elements: { added: string[]; changed: string[]; unchanged: string[]; released: string[] };
  uiTextPrefix: { from?: string; to?: string };
  /** To be defined or described anew. */
  define: PlanElement[];
  /** New to the plan; `made`: by this plan. */
  name: { name: string; made: boolean }[];
}

/**
 * The difference between a plan and how things are. An element counts as changed where its description is replaced,
 * whoever gave it: that is what others would notice.
 */
export function planDifference(plan: Plan, before: Installed): PlanDifference {
  // the same element twice is one
  const wanted = new Map(plan.elements.map(({ name, description }) => [name, description]));
  const [added, changed, unchanged]: [string[], string[], string[]] = [[], [], []];
  for (const name of [...wanted.keys()].sort()) {
    const now = before.defined.get(name);
    if (now !== undefined && now !== wanted.get(name)) changed.push(name);
    else if (now === undefined || !before.named.has(name)) added.push(name);
    else unchanged.push(name);
  }
  const released = [...before.named].filter((name) => !wanted.has(name)).sort();
  const touched = [...added, ...changed].sort();
  return {
    changed:
      !before.installed || touched.length + released.length > 0 || before.uiTextPrefix !== plan.uiTextPrefix,
    elements: { added, changed, unchanged, released },
    uiTextPrefix: {
      ...(before.uiTextPrefix !== undefined && { from: before.uiTextPrefix }),
      ...(plan.uiTextPrefix !== undefined && { to: plan.uiTextPrefix }),
    },
    define: touched
      .map((name) => ({ name, description: wanted.get(name) ?? '' }))
      .filter(({ name, description }) => before.defined.get(name) !== description),
    name: touched
      .filter((name) => !before.named.has(name))
      .map((name) => ({ name, made: !before.defined.has(name) })),
  };
}

/** What uninstalling takes away, as it is told. */
export interface Loss {
  /** Elements that the plan made, that no other plan names and no other vendor's value uses; by name. */
  elements: string[];
  values: number;
  /** Whose values they are. */
  users: number;
}

/** A vendor's plan and values at one moment. */
export interface Holdings extends Loss {
  installedAt?: string;
  uiTextPrefix?: string;
  /** All elements that the plan names. */
  plan: string[];
  /** Sum of the values' versions, and when the latest was written: together they tell every change from every other. */
  versions: string;
  latest?: string;
}

/** Without a plan and values there is nothing to be lost, and nothing to be asked about. */
export const isNothing = ({ installedAt, plan, values }: Holdings): boolean =>
  installedAt === undefined && plan.length === 0 && values === 0;

/** What a confirmation stands for: the loss, and everything that makes it this one and not a later one like it. */
export const lossParts = (holdings: Holdings): string[] => [
  JSON.stringify(holdings.elements),
  JSON.stringify(holdings.plan),
  holdings.uiTextPrefix ?? '',
  holdings.installedAt ?? '',
  ...[holdings.values, holdings.users].map(String),
  holdings.versions,
  holdings.latest ?? '',
];

/**
 * Whether the plan can go now that the confirmed values are gone: no value has come since, it is the same plan, and it
 * takes along no element that was not confirmed. (Fewer is well: somebody else has begun to use one.)
 */
export const isStillConfirmed = (confirmed: Holdings, now: Holdings): boolean =>
  now.values === 0 &&
  now.installedAt === confirmed.installedAt &&
  now.elements.every((name) => confirmed.elements.includes(name));

import type { ApplicationSettings, MfaContext } from '@countersign/contracts';

/** What a user was asked lately, for one context. */
export interface PromptHistory {
  lastHour: number;
  lastDay: number;
  /** How challenges ended, newest first, up to the last ten. */
  ends: { status: string; endedAt: Date | null }[];
}

const BACK_OFF_SECONDS = 60;
const BACK_OFF_MAX_SECONDS = 3600;

/** Seconds of silence after `streak` challenges in a row that were denied or ran out: from the second on, doubling. */
export const backOffSeconds = (streak: number): number =>
  streak < 2 ? 0 : Math.min(BACK_OFF_MAX_SECONDS, BACK_OFF_SECONDS * 2 ** (streak - 2));

/**
 * Whether a user may be asked once more, or why not. Guards against fatigue: somebody who can cause audit actions must
 * not be able to prompt a user until they give in.
 */
export function promptRefusal(
  context: MfaContext,
  history: PromptHistory,
  budgets: ApplicationSettings['budgets'],
  now: Date,
): string | undefined {
  // whoever asks for these has a transaction of the user's in hand, or has seen a first factor
  if (context !== 'event') {
    const most = context === 'login' ? budgets.loginChallengesPerHour : budgets.transactionChallengesPerHour;
    return history.lastHour >= most ? 'challenge-budget:hour' : undefined;
  }
  if (history.lastHour >= budgets.eventChallengesPerHour) return 'challenge-budget:hour';
  if (history.lastDay >= budgets.eventChallengesPerDay) return 'challenge-budget:day';
  const ends = history.ends.filter((end) => end.status !== 'pending' && end.status !== 'cancelled');
  const completed = ends.findIndex((end) => end.status === 'completed');
  const streak = completed < 0 ? ends.length : completed;
  const last = ends[0]?.endedAt;
  const silent = last ? last.getTime() + backOffSeconds(streak) * 1000 > now.getTime() : false;
  return silent ? 'challenge-budget:back-off' : undefined;
}

import type { Answer } from './http.ts';

type Item = { action: { name: string }; options?: Answer['body'] };

/** Names of the actions an answer offers, in its order. */
export const offered = (answer: Answer['body']): string[] =>
  (answer.next as Item[]).map(({ action }) => action.name);

/** What an action is offered with (addresses, ceremony options), if it is offered. */
export const optionsOf = (answer: Answer['body'], action: string): Answer['body'] =>
  (answer.next as Item[]).find((item) => item.action.name === action)?.options;

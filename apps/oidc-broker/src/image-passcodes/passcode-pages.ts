import type { PageContext } from '../logins/login.types.ts';
import { actions, alert, button, loginForm, notice } from '../pages/form-parts.ts';
import { type Html, html } from '../pages/html.ts';
import { fieldOf } from './grids.decide.ts';
import { nameOf } from './pool.ts';

/** What a page of grids shows. */
export interface GridPage {
  username: string;
  /** By rounds, in the order in which they stand there. */
  grids: readonly (readonly string[])[];
  error?: string | undefined;
}

/** The address of an image: the same for everybody, see image.controller. */
const imagePath = (base: string, ref: string): string => `${base}/assets/passcode/${ref}.svg`;

/**
 * One round: radio buttons, so that Tab goes from grid to grid, arrow keys within, and a screen reader says the image's
 * name, and which of how many it is.
 */
const round = (
  { base }: PageContext,
  grid: readonly string[],
  at: number,
  rounds: number,
  picked?: string,
): Html =>
  html`<fieldset class="passcode">
    <legend>Image ${at + 1} of ${rounds}</legend>
    <div class="images of-${grid.length}">
      ${grid.map(
        (ref) =>
          html`<label
            ><input
              type="radio"
              name="${fieldOf(at)}"
              value="${ref}"
              required${ref === picked && html` checked`} /><img
              src="${imagePath(base, ref)}"
              alt="${nameOf(ref)}"
              width="48"
              height="48"
          /></label>`,
      )}
    </div>
  </fieldset>`;

const rounds = (context: PageContext, grids: GridPage['grids'], picked: readonly string[] = []): Html[] =>
  grids.map((grid, at) => round(context, grid, at, grids.length, picked[at]));

// a link in the body is as good (HTML §4.2.4, body-ok), and the other pages need not load it
const styles = ({ base }: PageContext): Html =>
  html`<link rel="stylesheet" href="${base}/assets/passcode/passcode.css" />`;

/** Asks for the sequence. */
export function challengePage(context: PageContext, { username, grids, error }: GridPage): string {
  return html`${styles(context)}
    <h1>Your secret images</h1>
    <p>Choose your image in each of the ${grids.length} grids for <strong>${username}</strong>.</p>
    ${alert(error)}${loginForm(context, rounds(context, grids), actions(button('Continue')))}`.text;
}

/** Lets choose a sequence. `suggested`: one that chance picked. */
export function choosePage(
  context: PageContext,
  { username, grids, error }: GridPage,
  suggested?: readonly string[],
): string {
  return html`${styles(context)}
    <h1>Choose your secret images</h1>
    <p>
      One in each of the ${grids.length} grids, for <strong>${username}</strong>. You will be asked for them
      in this order, among the same other images. Tell them to nobody.
    </p>
    ${alert(error)}${
      suggested &&
      notice('These were chosen for you. A story with all of them in it is easy to keep in mind.')
    }${loginForm(
      context,
      rounds(context, grids, suggested),
      actions(
        button('Continue'),
        // nobody guesses what chance has picked
        button(suggested ? 'Choose others for me' : 'Choose for me', {
          value: 'suggest',
          kind: 'quiet',
          skipsChecks: true,
        }),
      ),
    )}`.text;
}

/** Has the sequence repeated, so that it is in the user's mind and not only on the page. */
export function repeatPage(context: PageContext, { username, grids, error }: GridPage): string {
  return html`${styles(context)}
    <h1>Repeat your images</h1>
    <p>Choose the same images once more for <strong>${username}</strong>. They stand in other places now.</p>
    ${alert(error)}${loginForm(
      context,
      rounds(context, grids),
      actions(button('Save'), button('Start again', { value: 'restart', kind: 'quiet', skipsChecks: true })),
    )}`.text;
}

/** Styles of the grids. The tiles are light in the dark, too: the images are drawn for that. */
export const PASSCODE_CSS = `.passcode + .passcode { margin-top: 1rem; }
.images { display: grid; gap: 0.4rem; grid-template-columns: repeat(4, minmax(0, 1fr)); }
.images.of-9 { grid-template-columns: repeat(3, minmax(0, 1fr)); }
.images.of-25 { grid-template-columns: repeat(5, minmax(0, 1fr)); gap: 0.3rem; }
.images label { position: relative; display: grid; place-items: center; min-height: 2.75rem; aspect-ratio: 1; background: #f3f5f8; border: 2px solid #768390; border-radius: 0.6rem; cursor: pointer; }
.images img { width: 68%; height: auto; max-width: 4rem; }
.images input[type='radio'] { position: absolute; inset: 0.3rem auto auto 0.3rem; width: 1.1rem; height: 1.1rem; margin: 0; accent-color: #1b1f24; opacity: 0; }
.images label:hover { border-color: #1b1f24; }
.images label:has(:checked) { border-color: #1b1f24; background: #ffffff; box-shadow: 0 0 0 2px var(--paper), 0 0 0 5px var(--key-ink); }
.images input[type='radio']:checked { opacity: 1; }
.images label:has(:focus-visible) { outline: 3px solid var(--key-ink); outline-offset: 4px; }
.images input:focus-visible { outline: none; }
@media (forced-colors: active) {
  .images input[type='radio'] { opacity: 1; }
  .images label:has(:checked) { outline: 3px solid Highlight; }
}
`;

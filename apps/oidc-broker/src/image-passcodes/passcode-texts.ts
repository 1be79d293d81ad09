/** One text for wrong, unknown, disabled and locked: what is told must not depend on who it is. */
export const REFUSED =
  'These are not the right images. After several wrong tries they are not accepted for an hour.';
export const INCOMPLETE = 'Choose one image in each grid.';
export const BUSY = 'Too many people are signing in at this moment. Try again.';
export const LIMITED = 'There were too many attempts from your network. Wait before you try again.';

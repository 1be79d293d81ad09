const WORDS: Readonly<Record<string, string>> = {
  name: 'your name',
  preferred_username: 'your username',
  email: 'your e-mail address',
  email_verified: 'whether your e-mail address was checked',
  phone_number: 'your phone number',
  phone_number_verified: 'whether your phone number was checked',
};

/** A claim as people would say it; one of the application's own by its name. */
export const inWords = (claim: string): string => WORDS[claim] ?? claim.replaceAll('_', ' ');

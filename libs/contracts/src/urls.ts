/**
 * Whether `text` is an http or https URL as it stands: without white space, backslashes, control characters and half
 * surrogate pairs, which parsers drop or turn silently, each another way (CWE-20, CWE-113).
 */
export const isPlainHttpUrl = (text: string): boolean =>
  /^https?:\/\/[^\s\\\p{Cc}\p{Cs}]+$/iu.test(text) && URL.canParse(text);

/** FNV-1a (32 bit) of `text` reduced to 0 … `buckets` - 1: the same key always falls into the same bucket. */
export function bucketOf(text: string, buckets: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % buckets;
}

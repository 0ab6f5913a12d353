/** Whether a pattern names an operation; `*` stands for any letters. Linear in the length of both. */
export function matchesOperation(pattern: string, operation: string): boolean {
  const [head = '', ...rest] = pattern.split('*');
  const tail = rest.pop();
  if (tail === undefined) return pattern === operation;
  if (!operation.startsWith(head) || operation.length < head.length + tail.length) return false;
  let at = head.length;
  for (const piece of rest) {
    const found = operation.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  return at <= operation.length - tail.length && operation.endsWith(tail);
}

/** Whether a pattern names whatever another one names. A `*` of the other is matched by a `*` alone. */
export function coversPattern(pattern: string, other: string): boolean {
  return matchesOperation(pattern, other);
}

/**
 * What no mode, directive or approval makes possible, whoever declares it: people delete, people touch code. A pattern
 * needs no operation of that name to exist.
 */
export const NEVER: readonly string[] = ['*.delete-*', '*.merge-*', '*.push-*', '*.force-*'];

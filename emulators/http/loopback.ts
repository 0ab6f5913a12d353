/** Refuses any address that is not this machine: an emulator never calls out. Throws. */
export function assertLoopback(url: string): void {
  const { hostname } = new URL(url);
  if (!['127.0.0.1', 'localhost', '[::1]'].includes(hostname)) {
    throw new Error(`An emulator calls this machine only, not ${hostname}.`);
  }
}
